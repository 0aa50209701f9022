"""The traces that are not AuditEvents yet, in PostgreSQL."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import asyncpg
import orjson

from esante.store.domain.index_keys import hash_key
from esante.traces.ports import StoredTrace
from socle.postgres import Pool, reachable, transaction

_LOCK: Final = hash_key("traces")
_SELECT: Final = "SELECT number, record, patients FROM trace, trace_chain WHERE number > rendered"
_NEXT: Final = f"{_SELECT} ORDER BY number LIMIT $1"
# The sum, so that the index of the patients is used rather than the primary key.
_OF_PATIENTS: Final = f"{_SELECT} AND patients && $1 ORDER BY number + 0 DESC LIMIT $2"
_EXISTING: Final = "SELECT id FROM resource WHERE type = 'AuditEvent' AND id = ANY($1)"


class PostgresUnrenderedTraces:
    """Implements `UnrenderedTraces`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @asynccontextmanager
    async def locked(self) -> AsyncIterator[None]:
        with reachable():
            async with transaction(self._pool) as connection:
                await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
                yield

    async def list_next(self, count: int) -> Sequence[StoredTrace]:
        with reachable():
            return _traces(await self._pool.fetch(_NEXT, count))

    async def list_of_patients(self, patients: Sequence[str], count: int) -> Sequence[StoredTrace]:
        with reachable():
            return _traces(await self._pool.fetch(_OF_PATIENTS, list(patients), count))

    async def find_existing(self, ids: Sequence[str]) -> frozenset[str]:
        with reachable():
            rows = await self._pool.fetch(_EXISTING, list(ids))
        return frozenset(row["id"] for row in rows)

    async def count(self) -> int:
        with reachable():
            return await self._pool.fetchval("SELECT head - rendered FROM trace_chain") or 0

    async def set_rendered(self, number: int) -> None:
        with reachable():
            await self._pool.execute("UPDATE trace_chain SET rendered = $1", number)


def _traces(rows: Sequence[asyncpg.Record]) -> Sequence[StoredTrace]:
    return [
        StoredTrace(row["number"], orjson.loads(row["record"]), row["patients"]) for row in rows
    ]
