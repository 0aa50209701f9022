"""A pool of one connection in one transaction: all that is done on it is kept, or nothing is.

Nobody sees any of it before its end. What the stores do in transactions of their own becomes
savepoints of it. For one caller at a time.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from socle.postgres import Connection, Pool, transaction


class _OneConnection:
    """What the stores ask of a pool."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.execute, self.fetch = connection.execute, connection.fetch
        self.fetchrow, self.fetchval = connection.fetchrow, connection.fetchval

    @asynccontextmanager
    async def acquire(self, **more: Any) -> AsyncIterator[Connection]:
        yield self._connection


@asynccontextmanager
async def one_transaction(pool: Pool) -> AsyncIterator[Pool]:
    """Committed at the end, rolled back by an exception."""
    async with transaction(pool) as connection:
        yield cast(Pool, _OneConnection(connection))
