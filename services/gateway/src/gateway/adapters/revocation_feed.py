"""What was taken back, in the memory of every replica, so that no request waits for a database.

Every revocation is told by `NOTIFY` as it is committed. A replica listens on one connection; when
it begins to listen, and every minute, it reads the whole table: what it missed while the
connection was away is a few rows. https://www.postgresql.org/docs/current/sql-notify.html
"""

import asyncio
import logging
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

import asyncpg

from gateway.adapters.grant_store import CHANNEL
from socle.clock import Clock
from socle.errors import Retry
from socle.postgres import Pool, reachable

log = logging.getLogger("gateway.revocations")

_AGAIN: Final = 1.0  # seconds until the next attempt
_READ_EVERY: Final = 60.0
_STILL: Final = "SELECT reference, until FROM revocations WHERE until > $1"


class RevocationFeed:
    """Implements `Revocations`."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool, self._clock = pool, clock
        self._until: dict[str, float] = {}

    def revoked(self, *references: str) -> bool:
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
        while True:
            try:
                with reachable():
                    await self._listen()
            except (Retry, asyncpg.PostgresError) as error:
                log.warning("Revocations not followed: %r", error)
                await asyncio.sleep(_AGAIN)

    async def _listen(self) -> None:
        async with self._pool.acquire() as connection:
            lost = asyncio.Event()
            connection.add_termination_listener(lambda _: lost.set())
            await connection.add_listener(CHANNEL, self._hear)
            try:
                while not lost.is_set():
                    await self._read(connection)
                    with suppress(TimeoutError):
                        await asyncio.wait_for(lost.wait(), _READ_EVERY)
            finally:
                if not connection.is_closed():
                    await connection.remove_listener(CHANNEL, self._hear)
        raise Retry("the connection was lost")

    async def _read(self, connection: Any) -> None:
        now = self._clock.now()
        rows = await connection.fetch(_STILL, now)
        over = [each for each, until in self._until.items() if until < now.timestamp()]
        for each in over:
            del self._until[each]
        for row in rows:
            self.learn(row["reference"], row["until"])

    def _hear(self, connection: Any, pid: int, channel: str, told: object) -> None:
        until, _, reference = str(told).partition(" ")
        self._until[reference] = float(until)
