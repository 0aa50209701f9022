"""A pool with a single connection, in one transaction around everything that uses the pool.

Other connections read nothing of it before its end. Transactions of the stores become savepoints.
Only one task can use it at a time.
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
    """A pool in one transaction, which is committed at the end and rolled back by an exception."""
    async with transaction(pool) as connection:
        yield cast(Pool, _OneConnection(connection))
