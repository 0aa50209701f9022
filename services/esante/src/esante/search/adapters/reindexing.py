"""Indexes stored resources by uploaded search parameters, in the background.

A step is a transaction, which stores how far it came: after a crash any process goes on from there.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Final

import asyncpg

from esante.core.domain.json_parser import parse_json
from esante.search.domain.indexing import index
from esante.store.adapters.earlier_writes import await_earlier_writes
from esante.store.adapters.partitions import partition_of
from esante.store.adapters.write_sql import reindex_statement, write_arguments
from esante.store.ports import Change
from socle.errors import Refusal
from socle.postgres import Connection, Pool, reachable

_AT_ONCE: Final = 50
_AT_ONCE_BYTES: Final = 4 * 1024 * 1024
"""Bytes of the texts of one step: a resource can be megabytes."""
_TRY_LOCK: Final = "SELECT pg_try_advisory_lock(hashtextextended('esante.reindexing', 0))"
_UNLOCK: Final = "SELECT pg_advisory_unlock(hashtextextended('esante.reindexing', 0))"
_NEXT: Final = """
SELECT base, stored, place FROM search_parameter
WHERE state = 'indexing' AND added <= now() - $1::interval ORDER BY added, base LIMIT 1"""
# The first ones, whose texts are $4 bytes together; one at least.
_RESOURCES: Final = """
SELECT id, version, updated, born, content FROM (
    SELECT *, sum(octet_length(content)) OVER (ORDER BY born) AS bytes,
        row_number() OVER (ORDER BY born) AS place
    FROM (
        SELECT id, version, updated, born, content FROM {table}
        WHERE type = $1 AND born > $2 ORDER BY born LIMIT $3
    ) following
) sized
WHERE place = 1 OR bytes <= $4 ORDER BY born"""
# A statement that updates a resource, and waits for its row, does not see the index rows that are
# added meanwhile: it would leave them beside those of the new version. Therefore no write is open.
# Those that come wait so long at most.
_PATIENCE: Final = "SET LOCAL lock_timeout = '100ms'"
_EXCLUDE_WRITES: Final = "LOCK TABLE {table} IN EXCLUSIVE MODE"
_ADVANCE: Final = "UPDATE search_parameter SET place = $3 WHERE base = $1 AND stored = $2"
_READY: Final = "UPDATE search_parameter SET state = 'ready' WHERE base = $1 AND stored = $2"

log = logging.getLogger("esante.search")


class Reindexing:
    """The resources that are still to be indexed.

    `pool`: its sessions are reset. `writers`: the application name of the sessions that write
    resources. `base`: the FHIR base. `settling`: after an upload, how long a process can still
    write resources without knowing it.
    """

    def __init__(self, pool: Pool, *, writers: str, base: str, settling: timedelta) -> None:
        self._pool, self._writers = pool, writers
        self._base, self._settling = base, settling

    async def advance(self) -> bool:
        """Index some resources. Whether this process can go on at once: it cannot without work, and
        while a write of the type is long. Raises Retry."""
        with reachable():
            async with self._pool.acquire() as connection:
                # Another process does the work while it has the lock; its end releases it.
                if not await connection.fetchval(_TRY_LOCK):
                    return False
                try:
                    parameter = await connection.fetchrow(_NEXT, self._settling)
                    if parameter is None:
                        return False
                    return await self._step(connection, parameter)
                finally:
                    if not connection.is_closed():
                        await connection.execute(_UNLOCK)

    async def _step(self, connection: Connection, parameter: asyncpg.Record) -> bool:
        base, stored, place = parameter
        if place < 0:
            await await_earlier_writes(connection, self._writers)
        table = partition_of(base)
        rows = await connection.fetch(
            _RESOURCES.format(table=table), base, place, _AT_ONCE, _AT_ONCE_BYTES
        )
        if not rows:
            await connection.execute(_READY, base, stored)
            return True
        changes = await asyncio.to_thread(self._index, base, rows)
        with suppress(asyncpg.LockNotAvailableError):
            async with connection.transaction():
                await connection.execute(_PATIENCE)
                await connection.execute(_EXCLUDE_WRITES.format(table=table))
                if changes:
                    arguments = write_arguments(changes, ())
                    await connection.fetchval(reindex_statement(table), *arguments)
                await connection.execute(_ADVANCE, base, stored, rows[-1]["born"])
                return True
        return False

    def _index(self, base: str, rows: Sequence[asyncpg.Record]) -> list[Change]:
        changes = []
        for row in rows:
            text = row["content"].encode()
            try:
                indexed = index(parse_json(text), base=self._base)
            except Refusal:
                log.warning("%s/%s has too many values to be indexed again", base, row["id"])
                continue
            version = row["version"]
            # Its text is not written.
            changes.append(
                Change(base, row["id"], version, row["updated"], "update", b"", indexed, version)
            )
        return changes
