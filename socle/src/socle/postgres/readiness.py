"""Whether PostgreSQL answers, for `/readyz`."""

import asyncio
import logging
from typing import TYPE_CHECKING, Final

import asyncpg

from socle.errors import Retry
from socle.postgres.pool import reachable
from socle.service import RunningRole

if TYPE_CHECKING:
    from socle.postgres.pool import Connection

_PAUSE: Final = 1.0
"""Seconds between an answer and the next question."""
_TIME_LIMIT: Final = 1.0
"""Seconds that a connection is awaited, and an answer."""

log = logging.getLogger("socle.postgres")


def watch_postgres(url: str, *, application_name: str, optional: bool = False) -> RunningRole:
    """The readiness check `postgres`, and the task behind it.

    `optional`: the role answers without the database; the result is a note.
    """
    probe = PostgresProbe(url, application_name=f"{application_name} readiness")
    result = {"postgres": probe.why_not}
    tasks = {"postgres": probe.run}
    if optional:
        return RunningRole(tasks=tasks, notes=result)
    return RunningRole(tasks=tasks, checks=result)


class PostgresProbe:
    """Asks the server every second, over one connection of its own: a pool whose connections are
    all in use is no failure. One question at a time, however long the server hangs."""

    def __init__(self, url: str, *, application_name: str, time_limit: float = _TIME_LIMIT) -> None:
        self._url, self._settings = url, {"application_name": application_name}
        self._time_limit = time_limit
        self._connection: Connection | None = None
        # A role is wired once its pool is open: the server has just answered.
        self._why_not: str | None = None

    def why_not(self) -> str | None:
        """None while the server answers, else a French sentence."""
        return self._why_not

    async def run(self) -> None:
        """Ask until cancelled."""
        try:
            while True:
                self._record(await self._probe_twice())
                await asyncio.sleep(_PAUSE)
        finally:
            self._drop()

    def _record(self, why_not: str | None) -> None:
        if why_not != self._why_not:
            log.warning("PostgreSQL: %s", why_not or "answers again")
        self._why_not = why_not

    async def _probe_twice(self) -> str | None:
        """The server can have closed the connection, and a busy process can read an answer late: a
        second question, over a new connection, decides. A server that was away is asked once."""
        why_not = await self._probe()
        return await self._probe() if why_not and self._why_not is None else why_not

    async def _probe(self) -> str | None:
        """None if the server answers, else why it does not. A failed connection is closed."""
        try:
            with reachable():
                await self._select()
        except Retry as retry:
            self._drop()
            # A server that refuses one more connection does answer those it has.
            full = isinstance(retry.__cause__, asyncpg.TooManyConnectionsError)
            return None if full else retry.message
        except asyncpg.PostgresError as error:
            self._drop()
            return f"PostgreSQL refuse : {type(error).__name__}"
        return None

    async def _select(self) -> None:
        if self._connection is None:
            self._connection = await asyncpg.connect(
                self._url, timeout=self._time_limit, server_settings=self._settings
            )
        answer = asyncio.ensure_future(self._connection.execute("SELECT 1"))
        try:
            await asyncio.wait((answer,), timeout=self._time_limit)
        finally:
            if not answer.done():
                # Closed first: asyncpg cancels a statement over one more connection, which would
                # hang too.
                self._drop()
                answer.cancel()
        if not answer.done():
            raise TimeoutError
        answer.result()

    def _drop(self) -> None:
        """Close the connection without waiting for the server."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None
