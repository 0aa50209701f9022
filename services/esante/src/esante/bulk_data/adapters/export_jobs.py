"""The exports that callers request, in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from esante.bulk_data.adapters.export_metrics import count_export
from esante.bulk_data.adapters.export_rows import (
    FILE_COLUMNS,
    IN_PROGRESS,
    JOB_COLUMNS,
    file_of,
    job_of,
)
from esante.bulk_data.domain.export_job import ExportFile, ExportJob, poll_wait
from socle.errors import Refusal
from socle.postgres import Pool, reachable, transaction

_IN_PROGRESS_OF_OWNER: Final = 6
_STORED_OF_OWNER: Final = 20
_IN_PROGRESS: Final = 100
_RETRY_AFTER: Final = 30
# ruff: noqa: S608 - the columns are constants
_LOCK_OWNER: Final = "SELECT pg_advisory_xact_lock(hashtextextended('export ' || $1, 0))"
_OF_OWNER: Final = (
    f"SELECT {JOB_COLUMNS} FROM export"
    " WHERE owner = $1 AND state <> 'cancelled' AND expires > $2 ORDER BY requested"
)
_ADD: Final = """
INSERT INTO export (id, owner, specification, state, requested, expires)
VALUES ($1, $2, $3, $4, $5, $6)"""
_FIND: Final = (
    f"SELECT {JOB_COLUMNS} FROM export WHERE id = $1 AND state <> 'cancelled' AND expires > $2"
)
_FILES: Final = f"SELECT {FILE_COLUMNS} FROM export_file WHERE export = $1 ORDER BY number"
_READ_CHUNK: Final = """
SELECT content FROM export_chunk WHERE export = $1 AND file = $2 AND number = $3"""
_FIND_CHUNK: Final = """
SELECT number, start FROM export_chunk WHERE export = $1 AND file = $2 AND start <= $3
ORDER BY number DESC LIMIT 1"""


class PostgresExportJobs:
    """Implements `ExportJobs`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def add(self, job: ExportJob) -> ExportJob:
        with reachable():
            async with transaction(self._pool) as connection:
                await connection.execute(_LOCK_OWNER, job.owner)
                rows = await connection.fetch(_OF_OWNER, job.owner, job.requested)
                stored = [job_of(row) for row in rows]
                in_progress = [each for each in stored if not each.is_over]
                for each in in_progress:
                    if each.request == job.request:
                        return each
                _check_limits(len(stored), len(in_progress))
                total = await connection.fetchval(
                    f"SELECT count(*) FROM export WHERE {IN_PROGRESS}"
                )
                if total >= _IN_PROGRESS:
                    raise Refusal(
                        "unavailable",
                        "Trop d'exports sont en cours : réessayez plus tard.",
                        retry_after=_RETRY_AFTER,
                    )
                specification = job.request.to_json()
                await connection.execute(
                    _ADD,
                    job.id,
                    job.owner,
                    specification,
                    job.state,
                    job.requested,
                    job.expires,
                )
        count_export("requested")
        return job

    async def find(self, job_id: str, *, now: datetime) -> ExportJob | None:
        with reachable():
            row = await self._pool.fetchrow(_FIND, job_id, now)
        return None if row is None else job_of(row)

    async def poll(self, job_id: str, *, now: datetime) -> int | None:
        with reachable():
            row = await self._pool.fetchrow(
                "SELECT polled, polls FROM export WHERE id = $1", job_id
            )
            if row is None:
                return poll_wait(0)
            # Half of the time suffices, since clocks and networks differ.
            least = timedelta(seconds=poll_wait(row["polls"]) / 2)
            if row["polled"] is not None and timedelta() <= now - row["polled"] < least:
                return None
            await self._pool.execute(
                "UPDATE export SET polled = $2, polls = polls + 1 WHERE id = $1", job_id, now
            )
        return poll_wait(row["polls"] + 1)

    async def cancel(self, job_id: str) -> None:
        with reachable():
            await self._pool.execute("UPDATE export SET state = 'cancelled' WHERE id = $1", job_id)
        count_export("cancelled")

    async def list_files(self, job_id: str) -> Sequence[ExportFile]:
        with reachable():
            return [file_of(row) for row in await self._pool.fetch(_FILES, job_id)]

    async def read_chunk(self, job_id: str, file: int, number: int) -> bytes | None:
        with reachable():
            content: bytes | None = await self._pool.fetchval(_READ_CHUNK, job_id, file, number)
        return content

    async def find_chunk(self, job_id: str, file: int, offset: int) -> tuple[int, int]:
        with reachable():
            row = await self._pool.fetchrow(_FIND_CHUNK, job_id, file, offset)
        return (1, 0) if row is None else (row["number"], row["start"])


def _check_limits(stored: int, in_progress: int) -> None:
    """Raises Refusal("too_many") if the owner has as many as allowed."""
    if in_progress >= _IN_PROGRESS_OF_OWNER:
        raise Refusal(
            "too_many",
            f"Vous avez déjà {in_progress} exports en cours : attendez la fin de l'un, ou "
            "annulez-le (DELETE).",
            retry_after=_RETRY_AFTER,
        )
    if stored >= _STORED_OF_OWNER:
        raise Refusal(
            "too_many",
            f"Vous avez déjà {stored} exports : supprimez-en un (DELETE).",
            retry_after=_RETRY_AFTER,
        )
