"""A pool of sessions of which callers change nothing, so that their release waits for nothing.

asyncpg resets each released session in a task of its own, so that a cancellation does not interrupt
it. That takes longer than a short statement, even if there is nothing to reset.
"""

import asyncio
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import asyncpg

if TYPE_CHECKING:
    _Pool: TypeAlias = asyncpg.Pool[asyncpg.Record]
    _Connection: TypeAlias = asyncpg.Connection[asyncpg.Record]
else:
    _Pool, _Connection = asyncpg.Pool, asyncpg.Connection

# asyncpg's own defaults.
_MAX_QUERIES: Final = 50_000
"""Statements until a connection is replaced."""
_IDLE_SECONDS: Final = 300.0
"""How long a connection above `min_size` stays unused."""


class _UnresetConnection(_Connection):
    def has_transaction(self) -> bool:
        """Whether one is open, or its BEGIN failed: asyncpg still takes it for the outer one, and
        starts each transaction after it as a savepoint."""
        return self.is_in_transaction() or self._top_xact is not None  # type: ignore[attr-defined]

    async def reset(self, *, timeout: float | None = None) -> None:
        if self.has_transaction():
            await super().reset(timeout=timeout)  # rolls it back

    def get_reset_query(self) -> str:
        return ""


class _UnresetPool(_Pool):
    async def release(self, connection: Any, *, timeout: float | None = None) -> None:
        own = connection._con
        if own is None or own.is_closed() or own.has_transaction():
            await super().release(connection, timeout=timeout)
            return
        own._on_release()
        # A cancellation reaches it only where it waits: for the end of a statement that was
        # cancelled before, or of a connection that is replaced. It then closes the connection,
        # which gives its place in the pool back.
        await connection._holder.release(timeout)


def unreset_pool(url: str, **options: Any) -> _Pool:
    """A pool to be awaited, which opens it. `options`: as of `asyncpg.create_pool`."""
    return _UnresetPool(
        url,
        loop=asyncio.get_running_loop(),
        max_queries=_MAX_QUERIES,
        max_inactive_connection_lifetime=_IDLE_SECONDS,
        connection_class=_UnresetConnection,
        record_class=asyncpg.Record,
        **options,
    )
