"""Writes the files of an export, a chunk in a transaction."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import asyncpg

from esante.bulk_data.adapters.export_metrics import count_export, count_written
from esante.bulk_data.adapters.export_rows import FILE_COLUMNS, file_of
from esante.bulk_data.domain.deletions import deletion_bundle
from esante.bulk_data.domain.export_job import ExportFile, ExportJob
from esante.bulk_data.domain.ndjson import compress_lines, ndjson_line
from esante.bulk_data.ports import ExportCancelled
from esante.core.api.views import View, render_view
from esante.search.domain.query.limits import too_costly
from socle.postgres import Connection

# ruff: noqa: S608 - the columns are constants
MAX_CHUNK: Final = 4 * 1024 * 1024
"""Uncompressed bytes of a chunk, unless its first resource is longer."""
_PLACE: Final = "SELECT part, place FROM export WHERE id = $1 AND state = 'selected'"
_PART: Final = """
SELECT section, type, ids[$3 + 1:] AS ids, versions[$3 + 1:] AS versions
FROM export_part WHERE export = $1 AND number = $2"""
_VERSIONS: Final = """
FROM unnest($2::text[], $3::int[]) WITH ORDINALITY AS a(id, version, place)
JOIN version v ON v.type = $1 AND v.id = a.id AND v.version = a.version ORDER BY a.place"""
_SIZES: Final = f"SELECT octet_length(v.content) {_VERSIONS}"
_TEXTS: Final = f"SELECT v.content {_VERSIONS}"
_LAST_FILE: Final = (
    f"SELECT {FILE_COLUMNS} FROM export_file WHERE export = $1 ORDER BY number DESC LIMIT 1"
)
# Those of cancelled exports too, until they are deleted.
_STORED: Final = """
SELECT coalesce(sum(f.bytes), 0)::bigint FROM export e JOIN export_file f ON f.export = e.id
WHERE e.owner = $1"""
_ADD_CHUNK: Final = """
INSERT INTO export_chunk (export, file, number, start, content) VALUES ($1, $2, $3, $4, $5)"""
_STORE_FILE: Final = f"""
INSERT INTO export_file (export, {FILE_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (export, number) DO UPDATE SET resources = excluded.resources, bytes = excluded.bytes,
    chunks = excluded.chunks, checksum = excluded.checksum"""
_ADVANCE: Final = """
UPDATE export SET part = $2, place = $3, written = written + $4, steps = steps + 1
WHERE id = $1 AND state = 'selected'"""
_COMPLETE: Final = """
UPDATE export SET state = 'completed', expires = $2 WHERE id = $1 AND state = 'selected'"""


@dataclass(frozen=True, slots=True)
class _Lines:
    """The lines of one chunk."""

    part: asyncpg.Record
    lines: Sequence[bytes]
    taken: int
    """Versions or deletions of the part in them."""


async def write_chunk(
    connection: Connection,
    job: ExportJob,
    *,
    expires: datetime,
    max_file: int,
    max_stored: int,
) -> None:
    """Write the next chunk of an export that is selected; after the last one, complete it.

    `expires`: of its files, once completed. `max_file`: bytes of a file, unless its first resource
    is longer. `max_stored`: bytes of all files of its owner. Raises ExportCancelled, and Refusal
    beyond that.
    """
    async with connection.transaction():
        place = await connection.fetchrow(_PLACE, job.id)
        if place is None:
            raise ExportCancelled
        part = await connection.fetchrow(_PART, job.id, place["part"] + 1, place["place"])
        if part is None:
            await _complete(connection, job, expires)
            return
        found = await _next_lines(connection, job, part, min(MAX_CHUNK, max_file))
        size = sum(map(len, found.lines))
        if found.lines:
            await _check_stored(connection, job, size, max_stored)
            await _append(connection, job, found, size, max_file)
        is_done = found.taken >= len(part["ids"])
        await _execute(
            connection,
            _ADVANCE,
            job.id,
            place["part"] + is_done,
            0 if is_done else place["place"] + found.taken,
            found.taken,
        )
    count_written(found.taken, size)


async def _complete(connection: Connection, job: ExportJob, expires: datetime) -> None:
    await _execute(connection, _COMPLETE, job.id, expires)
    await connection.execute("DELETE FROM export_part WHERE export = $1", job.id)
    count_export("completed")


async def _execute(connection: Connection, statement: str, *arguments: object) -> None:
    """Update the row of the export. Raises ExportCancelled if it is no longer in progress."""
    if await connection.execute(statement, *arguments) == "UPDATE 0":
        raise ExportCancelled


async def _next_lines(
    connection: Connection, job: ExportJob, part: asyncpg.Record, max_bytes: int
) -> _Lines:
    ids, versions = part["ids"], part["versions"]
    if part["section"] == "deleted":
        return _Lines(part, [ndjson_line(deletion_bundle(ids))], len(ids))
    sizes = await connection.fetch(_SIZES, part["type"], ids, versions)
    taken, total = 0, 0
    for (size,) in sizes:
        total += size + 1
        if taken and total > max_bytes:
            break
        taken += 1
    if taken == 0:
        return _Lines(part, [], len(ids))  # versions are never deleted, but one must not wait
    rows = await connection.fetch(_TEXTS, part["type"], ids[:taken], versions[:taken])
    texts = [row["content"].encode() for row in rows]
    view = View(elements=job.request.elements)
    return _Lines(
        part,
        await asyncio.to_thread(
            lambda: [ndjson_line(render_view(each, part["type"], view)) for each in texts]
        ),
        taken,
    )


async def _check_stored(connection: Connection, job: ExportJob, size: int, max_stored: int) -> None:
    """Raises Refusal if the files of the owner have no place for so many bytes."""
    if await connection.fetchval(_STORED, job.owner) + size > max_stored:
        raise too_costly(
            f"Vos exports dépassent ensemble {max_stored} octets : supprimez-en (DELETE), celui-ci"
            " aussi, ou demandez moins de ressources."
        )


async def _append(
    connection: Connection, job: ExportJob, found: _Lines, size: int, max_file: int
) -> None:
    """Add a chunk to the current file, or to a new one."""
    last = await connection.fetchrow(_LAST_FILE, job.id)
    current = None if last is None else file_of(last)
    section, resource_type = found.part["section"], found.part["type"]
    if (
        current is None
        or (current.section, current.type) != (section, resource_type)
        or current.bytes + size > max_file
    ):
        number = 1 if current is None else current.number + 1
        current = ExportFile(number, section, resource_type, 0, 0, 0, 0)
    before = current
    chunk = await asyncio.to_thread(lambda: compress_lines(found.lines, checksum=before.checksum))
    await connection.execute(
        _ADD_CHUNK, job.id, before.number, before.chunks + 1, before.bytes, chunk.content
    )
    await connection.execute(
        _STORE_FILE,
        job.id,
        before.number,
        section,
        resource_type,
        before.resources + chunk.lines,
        before.bytes + chunk.size,
        before.chunks + 1,
        chunk.checksum,
    )
