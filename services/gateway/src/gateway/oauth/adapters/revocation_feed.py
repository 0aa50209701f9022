"""Revoked tokens and grants in the memory of every replica: no request queries the database.

Each revocation is notified (`NOTIFY`) when it is committed. A replica listens on one connection; it
reads the complete table when it starts to listen and every minute, for notifications that it
missed. https://www.postgresql.org/docs/current/sql-notify.html

The connection is checked every second. Once it is lost, the replica trusts its list for two
seconds, and then reports that the list may be incomplete: at most five seconds after the last
notification, and two if the connection broke instead of stalling.
"""

import asyncio
import logging
from datetime import datetime
from typing import Any, Final

import asyncpg

from gateway.oauth.adapters.grant_store import CHANNEL
from socle.clock import Clock
from socle.errors import Retry
from socle.postgres import Connection, Pool, reachable
from socle.postgres.pool import CONNECT_SECONDS

log = logging.getLogger("gateway.revocations")

# In seconds.
_RETRY_SECONDS: Final = 0.5  # until the next attempt to connect
_READ_INTERVAL: Final = 60.0  # between two reads of the table
_CHECK_INTERVAL: Final = 1.0  # between two checks of the connection
_CHECK_TIMEOUT: Final = 2.0
_TRUSTED_SECONDS: Final = 2.0  # how long the list is trusted without a connection
_CURRENT: Final = "SELECT reference, until FROM revocations WHERE until > $1"


class RevocationFeed:
    """Implements `Revocations`, for the access tokens of the platform."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool, self._clock = pool, clock
        self._until: dict[str, float] = {}
        """Revoked reference → POSIX second from which the tokens have expired anyway."""
        self._disconnected_since: float | None = None
        """Monotonic second; None while connected, and before `follow` starts."""

    def is_current(self) -> bool:
        since = self._disconnected_since
        return since is None or self._clock.monotonic() - since < _TRUSTED_SECONDS

    def is_revoked(self, *references: str) -> bool:
        known = self._until
        return any(each in known for each in references)

    def learn(self, reference: str, until: datetime) -> None:
        """Add a revoked reference; it is dropped after `until`."""
        self._until[reference] = until.timestamp()

    async def catch_up(self) -> None:
        """Read the table, before the first request. Raises Retry."""
        with reachable():
            await self._read(self._pool)

    async def follow(self) -> None:
        """Follow the notifications and the table. Runs until cancelled."""
        self._disconnected_since = self._clock.monotonic()
        while True:
            try:
                with reachable():
                    await self._listen()
            except (Retry, asyncpg.PostgresError) as error:
                log.warning("Revocations not followed: %r", error)
            await asyncio.sleep(_RETRY_SECONDS)

    async def _listen(self) -> None:
        async with self._pool.acquire(timeout=CONNECT_SECONDS) as connection:
            try:
                await connection.add_listener(CHANNEL, self._on_notify)
                await self._follow(connection)
            finally:
                if self._disconnected_since is None:
                    self._disconnected_since = self._clock.monotonic()
                # A stalled connection would not answer a close.
                connection.terminate()

    async def _follow(self, connection: Connection) -> None:
        """Read the table every minute, and check the connection. Raises once it is lost."""
        while True:
            await self._read(connection)
            self._disconnected_since = None
            for _ in range(int(_READ_INTERVAL / _CHECK_INTERVAL)):
                await asyncio.sleep(_CHECK_INTERVAL)
                await connection.execute("SELECT", timeout=_CHECK_TIMEOUT)

    async def _read(self, connection: Any) -> None:
        now = self._clock.now()
        rows = await connection.fetch(_CURRENT, now, timeout=CONNECT_SECONDS)
        expired = [each for each, until in self._until.items() if until < now.timestamp()]
        for each in expired:
            del self._until[each]
        for row in rows:
            self.learn(row["reference"], row["until"])

    def _on_notify(self, connection: Any, pid: int, channel: str, payload: object) -> None:
        until, _, reference = str(payload).partition(" ")
        self._until[reference] = float(until)
