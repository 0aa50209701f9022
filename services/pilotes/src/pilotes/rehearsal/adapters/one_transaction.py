"""A pool of one connection in one transaction, committed or rolled back as one.

No other connection reads any of it before its end. Transactions of the stores become savepoints.
For one caller at a time.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from socle.postgres import Connection, Pool, transaction


class _OneConnection:
    """The part of a pool that the stores use."""

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
