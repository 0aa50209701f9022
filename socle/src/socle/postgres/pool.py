"""A connection pool, which reads and writes JSON as Python values. Connecting and each statement
have a time limit; waiting for a free connection of the pool has none."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg
import orjson

from socle.errors import Retry
from socle.postgres.unreset_pool import unreset_pool

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from asyncpg.pool import PoolConnectionProxy

    Pool: TypeAlias = asyncpg.Pool[asyncpg.Record]
    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
else:
    Pool = asyncpg.Pool
    Connection = asyncpg.Connection

CONNECT_SECONDS = 10.0
# An open transaction holds its locks and blocks the cleaning of dead rows.
_IDLE_IN_TRANSACTION_MS = "60000"

# The server does not run, is starting, has too many connections, or ended the session (a restart,
# an operator, a time limit): the same statement may succeed later.
_UNREACHABLE = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection caught between the server's death and its own end
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresConnectionError,
    asyncpg.TooManyConnectionsError,
)


@contextmanager
def reachable() -> "Iterator[None]":
    """Raise `Retry` for errors that mean an unreachable server, and for a time limit."""
    try:
        yield
    except asyncpg.exceptions.ClientConfigurationError:
        raise  # an InterfaceError too, but a wrong URL stays wrong
    except _UNREACHABLE as error:
        # The URL carries the password: it is not quoted.
        raise Retry(f"PostgreSQL ne répond pas : {type(error).__name__}") from error


@asynccontextmanager
async def open_pool(
    url: str,
    *,
    application_name: str,
    min_size: int = 1,
    max_size: int = 10,
    statement_timeout: float = 30.0,
    statements: int = 100,
    skip_session_reset: bool = False,
    settings: "Mapping[str, str] | None" = None,
) -> "AsyncIterator[Pool]":
    """Connect and yield a pool. Raises `Retry` when the server is unreachable.

    `min_size`, `max_size`: number of connections.
    `statement_timeout`: seconds, applied by the server; ten seconds later by the client.
    `statements`: prepared statements that each connection caches.
    `skip_session_reset`: callers change nothing of the session (SET, LISTEN, session locks), so
    that the reset, a round trip, is left out. `settings`: server settings of each session.
    """
    create_pool = unreset_pool if skip_session_reset else asyncpg.create_pool
    with reachable():
        pool = await create_pool(
            url,
            min_size=min_size,
            max_size=max_size,
            timeout=CONNECT_SECONDS,
            command_timeout=statement_timeout + CONNECT_SECONDS,
            init=_read_json_as_values,
            statement_cache_size=statements,
            server_settings={
                "application_name": application_name,
                "statement_timeout": str(int(statement_timeout * 1000)),
                "idle_in_transaction_session_timeout": _IDLE_IN_TRANSACTION_MS,
                **(settings or {}),
            },
        )
    try:
        yield pool
    finally:
        await pool.close()


@asynccontextmanager
async def transaction(pool: "Pool") -> "AsyncIterator[Connection]":
    """One connection in one transaction: committed at the end, rolled back by an exception."""
    async with pool.acquire() as connection, connection.transaction():
        yield connection


async def _read_json_as_values(connection: "Connection") -> None:
    for name in ("json", "jsonb"):
        await connection.set_type_codec(
            name, schema="pg_catalog", encoder=_dump, decoder=orjson.loads
        )


def _dump(value: Any) -> str:
    return orjson.dumps(value).decode()
