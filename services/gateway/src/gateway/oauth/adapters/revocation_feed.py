"""What was taken back, in the memory of every replica, so that no request waits for a database.

Every revocation is told by `NOTIFY` as it is committed. A replica listens on one connection; when
it begins to listen, and every minute, it reads the whole table: what it missed while the
connection was away is a few rows. https://www.postgresql.org/docs/current/sql-notify.html

The connection is asked every second whether it still lives. Once it is known not to, this replica
believes its memory for two seconds, and then says that it cannot know: five seconds at most after
the last word, and two where the connection broke rather than fell silent.
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

_AGAIN: Final = 0.5  # seconds until the next attempt
_READ_EVERY: Final = 60.0
_ALIVE_EVERY: Final = 1.0
_ALIVE_WITHIN: Final = 2.0
_BELIEVED_DEAF: Final = 2.0
_STILL: Final = "SELECT reference, until FROM revocations WHERE until > $1"


class RevocationFeed:
    """Implements `Revocations`."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool, self._clock = pool, clock
        self._until: dict[str, float] = {}
        self._deaf_since: float | None = None

    def is_current(self) -> bool:
        since = self._deaf_since
        return since is None or self._clock.monotonic() - since < _BELIEVED_DEAF

    def is_revoked(self, *references: str) -> bool:
        known = self._until
        return any(each in known for each in references)

    def learn(self, reference: str, until: datetime) -> None:
        """That reference was taken back; once `until` is over nobody asks for it."""
        self._until[reference] = until.timestamp()

    async def catch_up(self) -> None:
        """Read the table, before the first request. Raises Retry."""
        with reachable():
            await self._read(self._pool)

    async def follow(self) -> None:
        """Keep up with the table. Runs until cancelled."""
        self._deaf_since = self._clock.monotonic()
        while True:
            try:
                with reachable():
                    await self._listen()
            except (Retry, asyncpg.PostgresError) as error:
                log.warning("Revocations not followed: %r", error)
            await asyncio.sleep(_AGAIN)

    async def _listen(self) -> None:
        async with self._pool.acquire(timeout=CONNECT_SECONDS) as connection:
            try:
                await connection.add_listener(CHANNEL, self._hear)
                await self._follow(connection)
            finally:
                if self._deaf_since is None:
                    self._deaf_since = self._clock.monotonic()
                # One that fell silent would not answer to a goodbye.
                connection.terminate()

    async def _follow(self, connection: Connection) -> None:
        """Until the connection is lost, which raises."""
        while True:
            await self._read(connection)
            self._deaf_since = None
            for _ in range(int(_READ_EVERY / _ALIVE_EVERY)):
                await asyncio.sleep(_ALIVE_EVERY)
                await connection.execute("SELECT", timeout=_ALIVE_WITHIN)

    async def _read(self, connection: Any) -> None:
        now = self._clock.now()
        rows = await connection.fetch(_STILL, now, timeout=CONNECT_SECONDS)
        over = [each for each, until in self._until.items() if until < now.timestamp()]
        for each in over:
            del self._until[each]
        for row in rows:
            self.learn(row["reference"], row["until"])

    def _hear(self, connection: Any, pid: int, channel: str, told: object) -> None:
        until, _, reference = str(told).partition(" ")
        self._until[reference] = float(until)
