"""The contents of Binary resources, in PostgreSQL: rows of one chunk each.

A chunk is committed when it arrives, so that a slow upload holds no connection. The write of the
resource makes the content visible: it replaces the row of the upload by that of the version.
"""

from datetime import timedelta
from typing import Final

from esante.store.adapters.discards import execute_alone
from esante.store.ports import BinaryContent, Change
from socle.errors import Retry
from socle.postgres import Connection, Pool, reachable

_ABANDONED: Final = timedelta(hours=1)
"""Age of an upload that no request still sends: the limits of an exchange are minutes."""
_OPEN: Final = "INSERT INTO binary_upload (content) VALUES ($1::uuid)"
_WRITE_CHUNK: Final = """
INSERT INTO binary_chunk (content, place, data)
SELECT content, $2, $3 FROM binary_upload WHERE content = $1::uuid"""
_DISCARD: Final = """
WITH gone AS (DELETE FROM binary_upload WHERE content = $1::uuid RETURNING content)
DELETE FROM binary_chunk c USING gone WHERE c.content = gone.content"""
_DISCARD_ABANDONED: Final = """
WITH gone AS (DELETE FROM binary_upload WHERE started_at < now() - $1::interval RETURNING content)
DELETE FROM binary_chunk c USING gone WHERE c.content = gone.content"""
_LINK: Final = """
WITH finished AS (DELETE FROM binary_upload WHERE content = $3::uuid RETURNING content)
INSERT INTO binary_content (id, version, content, size, sha1)
SELECT $1, $2, content, $4, $5 FROM finished"""
_FIND: Final = """
SELECT content::text, size, sha1 FROM binary_content WHERE id = $1 AND version = $2"""
_READ_CHUNK: Final = "SELECT data FROM binary_chunk WHERE content = $1::uuid AND place = $2"


class PostgresContents:
    """Implements `BinaryContents`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def open(self, content_id: str) -> None:
        with reachable():
            await self._pool.execute(_OPEN, content_id)

    async def write_chunk(self, content_id: str, place: int, data: bytes) -> None:
        with reachable():
            written = await self._pool.execute(_WRITE_CHUNK, content_id, place, data)
        if written != "INSERT 0 1":
            raise _abandoned()

    async def discard(self, content_id: str) -> None:
        with reachable():
            await self._pool.execute(_DISCARD, content_id)

    async def discard_abandoned(self) -> None:
        await execute_alone(self._pool, _DISCARD_ABANDONED, _ABANDONED)

    async def find(self, resource_id: str, version: int) -> BinaryContent | None:
        with reachable():
            row = await self._pool.fetchrow(_FIND, resource_id, version)
        return None if row is None else BinaryContent(row["content"], row["size"], row["sha1"])

    async def read_chunk(self, content_id: str, place: int) -> bytes:
        with reachable():
            data = await self._pool.fetchval(_READ_CHUNK, content_id, place)
        if data is None:
            raise LookupError(f"content {content_id} has no chunk {place}")
        return bytes(data)


async def link_content(connection: Connection, change: Change) -> None:
    """Make the content of a change that of the version it writes, in the same transaction.

    Raises Retry if the upload was abandoned meanwhile.
    """
    content = change.content
    if content is None:
        return
    linked = await connection.execute(
        _LINK, change.id, change.version, content.id, content.size, content.sha1
    )
    if linked != "INSERT 0 1":
        raise _abandoned()


def _abandoned() -> Retry:
    return Retry("Cet envoi a duré trop longtemps et a été abandonné ; recommencez.")
