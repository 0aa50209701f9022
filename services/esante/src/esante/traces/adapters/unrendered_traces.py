"""The traces that are not AuditEvents yet, in PostgreSQL, and the AuditEvents made of them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final

import asyncpg
import orjson

from esante.store.adapters.copied_inserts import announce, copy_resources
from esante.store.adapters.resource_store import announcement
from esante.store.domain.index_keys import hash_key
from esante.store.ports import Change, WriteConflict
from esante.traces.ports import RenderingBatch, StoredTrace
from socle.outbox import Outbox
from socle.postgres import Connection, Pool, reachable, transaction

_LOCK: Final = hash_key("traces")
_SELECT: Final = "SELECT number, record, patients FROM trace, trace_chain WHERE number > rendered"
_NEXT: Final = f"{_SELECT} ORDER BY number LIMIT $1"
# The sum, so that the index of the patients is used rather than the primary key.
_OF_PATIENTS: Final = f"{_SELECT} AND patients && $1 ORDER BY number + 0 DESC LIMIT $2"
_EXISTING: Final = "SELECT id FROM resource WHERE type = 'AuditEvent' AND id = ANY($1)"
_TEXTS: Final = """
SELECT type || '/' || id AS reference, content
FROM unnest($1::text[], $2::text[]) AS named(type, id) JOIN resource USING (type, id)"""

IsFollowed = Callable[[Connection], Awaitable[bool]]
"""Whether a subscription can select AuditEvents. Whoever registers one waits for the end of the
transaction, so that it selects what is committed from then on."""


class PostgresUnrenderedTraces:
    """Implements `UnrenderedTraces`."""

    def __init__(self, pool: Pool, outbox: Outbox, is_followed: IsFollowed) -> None:
        self._pool, self._outbox, self._is_followed = pool, outbox, is_followed

    @asynccontextmanager
    async def batch(self) -> AsyncIterator[RenderingBatch]:
        try:
            with reachable():
                async with transaction(self._pool) as connection:
                    await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
                    yield _Batch(connection, self._outbox, self._is_followed)
        except asyncpg.UniqueViolationError as error:
            raise WriteConflict from error

    async def count(self) -> int:
        with reachable():
            return await self._pool.fetchval("SELECT head - rendered FROM trace_chain") or 0


class _Batch:
    """Implements `RenderingBatch`. Its block translates the errors of the database."""

    def __init__(self, connection: Connection, outbox: Outbox, is_followed: IsFollowed) -> None:
        self._connection, self._outbox, self._is_followed = connection, outbox, is_followed

    async def list_next(self, count: int) -> Sequence[StoredTrace]:
        return _traces(await self._connection.fetch(_NEXT, count))

    async def list_of_patients(self, patients: Sequence[str], count: int) -> Sequence[StoredTrace]:
        return _traces(await self._connection.fetch(_OF_PATIENTS, list(patients), count))

    async def find_existing(self, ids: Sequence[str]) -> frozenset[str]:
        rows = await self._connection.fetch(_EXISTING, list(ids))
        return frozenset(row["id"] for row in rows)

    async def find_texts(self, references: Sequence[str]) -> dict[str, bytes]:
        if not references:
            return {}
        types, _, ids = zip(*(each.partition("/") for each in references), strict=True)
        rows = await self._connection.fetch(_TEXTS, types, ids)
        return {row["reference"]: row["content"].encode() for row in rows}

    async def write(self, events: Sequence[Change]) -> None:
        await copy_resources(self._connection, events)
        if await self._is_followed(self._connection):
            rows = self._outbox.sealed(*map(announcement, events))
            await announce(self._connection, rows)

    async def set_rendered(self, number: int) -> None:
        await self._connection.execute("UPDATE trace_chain SET rendered = $1", number)


def _traces(rows: Sequence[asyncpg.Record]) -> Sequence[StoredTrace]:
    return [
        StoredTrace(row["number"], orjson.loads(row["record"]), row["patients"]) for row in rows
    ]
