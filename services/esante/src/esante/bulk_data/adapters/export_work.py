"""The exports in progress, in PostgreSQL.

A session lock holds an export: it is freed when the connection of its process ends, however it
ends. A cancellation does not wait for it, since it locks no row.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import asyncpg

from esante.bulk_data.adapters.export_metrics import count_export
from esante.bulk_data.adapters.export_rows import IN_PROGRESS, JOB_COLUMNS, job_of
from esante.bulk_data.adapters.export_selection import Selection
from esante.bulk_data.adapters.export_writer import write_chunk
from esante.bulk_data.domain.export_job import ExportJob
from esante.bulk_data.ports import ExportCancelled, HeldExport
from esante.core.domain.permissions import Access
from esante.search.domain.query.criterion_parser import SearchContext
from esante.search.domain.query.limits import too_costly
from esante.search.ports import AccessFilter
from esante.store.adapters.earlier_writes import await_earlier_writes
from socle.postgres import Connection, Pool, reachable

# ruff: noqa: S608 - the columns are constants
_CANDIDATES: Final = f"""
SELECT id FROM export WHERE {IN_PROGRESS} AND expires > $1 ORDER BY steps, requested LIMIT 50"""
_LOCK: Final = "SELECT pg_try_advisory_lock(hashtextextended('export work ' || $1, 0))"
_UNLOCK: Final = "SELECT pg_advisory_unlock(hashtextextended('export work ' || $1, 0))"
_JOB: Final = f"SELECT {JOB_COLUMNS} FROM export WHERE id = $1 AND {IN_PROGRESS}"
_SELECTED: Final = """
UPDATE export SET state = 'selected', selected = $2, steps = steps + 1
WHERE id = $1 AND state = 'accepted'"""
_FAIL: Final = f"UPDATE export SET state = 'failed', failure = $2 WHERE id = $1 AND {IN_PROGRESS}"
_REMOVABLE: Final = """
SELECT id FROM export WHERE state = 'cancelled' OR expires <= $1 ORDER BY expires LIMIT 50"""
_TABLES: Final = ("export_part", "export_file", "export_chunk")
_LIMIT_ERRORS: Final = (
    asyncpg.QueryCanceledError,
    asyncpg.StatementTooComplexError,
    asyncpg.ProgramLimitExceededError,
    asyncpg.ConfigurationLimitExceededError,
)


class PostgresExportWork:
    """Implements `ExportWork`.

    `pool`: its sessions are reset, and have a long statement timeout and the settings of searches.
    `writers`: the application name of the sessions that write resources. `lifetime`: how long files
    are stored. `max_file`, `max_stored`: as in `write_chunk`.
    """

    def __init__(
        self,
        pool: Pool,
        access_filter: AccessFilter,
        *,
        writers: str,
        lifetime: timedelta,
        max_file: int,
        max_stored: int,
    ) -> None:
        self._pool, self._access_filter, self._writers = pool, access_filter, writers
        self._lifetime, self._max_file, self._max_stored = lifetime, max_file, max_stored

    @asynccontextmanager
    async def acquire(self, *, now: datetime) -> AsyncIterator[HeldExport | None]:
        with reachable():
            async with self._pool.acquire() as connection:
                for (export,) in await connection.fetch(_CANDIDATES, now):
                    async with _locked(connection, export) as locked:
                        # Another process can have completed it meanwhile.
                        row = await connection.fetchrow(_JOB, export) if locked else None
                        if row is not None:
                            yield self._held(connection, job_of(row))
                            return
                yield None

    async def purge(self, *, now: datetime) -> bool:
        with reachable():
            async with self._pool.acquire() as connection:
                for (export,) in await connection.fetch(_REMOVABLE, now):
                    async with _locked(connection, export) as locked:
                        if locked:
                            await _delete(connection, export)
                            return True
        return False

    def _held(self, connection: Connection, job: ExportJob) -> "_HeldExport":
        return _HeldExport(
            connection,
            job,
            self._access_filter,
            self._writers,
            self._lifetime,
            self._max_file,
            self._max_stored,
        )


@dataclass(frozen=True, slots=True)
class _HeldExport:
    """Implements `HeldExport`. Fields as in `PostgresExportWork`."""

    connection: Connection
    job: ExportJob
    access_filter: AccessFilter
    writers: str
    lifetime: timedelta
    max_file: int
    max_stored: int

    async def select(self, access: Access, context: SearchContext) -> None:
        connection, job = self.connection, self.job
        with reachable(), _bounded():
            await await_earlier_writes(self.connection, self.writers)
            async with connection.transaction(isolation="repeatable_read"):
                # Of an attempt that did not end.
                await connection.execute("DELETE FROM export_part WHERE export = $1", job.id)
                selection = Selection(
                    connection, job.id, job.request, access, context, self.access_filter
                )
                await selection.run()
            done = await connection.execute(_SELECTED, job.id, selection.selected)
        if done == "UPDATE 0":
            raise ExportCancelled

    async def write(self, *, now: datetime) -> None:
        expires = now + self.lifetime
        with reachable():
            await write_chunk(
                self.connection,
                self.job,
                expires=expires,
                max_file=self.max_file,
                max_stored=self.max_stored,
            )

    async def fail(self, sentence: str) -> None:
        with reachable():
            await self.connection.execute(_FAIL, self.job.id, sentence)
        count_export("failed")


@asynccontextmanager
async def _locked(connection: Connection, export: str) -> AsyncIterator[bool]:
    """Try to hold an export. Whether it is held, until the end of the context."""
    locked = await connection.fetchval(_LOCK, export)
    try:
        yield locked
    finally:
        if locked and not connection.is_closed():
            await connection.execute(_UNLOCK, export)


async def _delete(connection: Connection, export: str) -> None:
    async with connection.transaction():
        for table in _TABLES:
            await connection.execute(f"DELETE FROM {table} WHERE export = $1", export)
        await connection.execute("DELETE FROM export WHERE id = $1", export)


@contextmanager
def _bounded() -> Iterator[None]:
    """Turns timeouts and resource limits of PostgreSQL into a Refusal."""
    try:
        yield
    except _LIMIT_ERRORS as error:
        raise too_costly(
            "Cet export demande trop de travail : réduisez-le (_type, _since, _typeFilter)."
        ) from error
