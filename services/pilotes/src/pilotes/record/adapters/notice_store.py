"""Notices in PostgreSQL, every version of each."""

from datetime import datetime

import asyncpg

from pilotes.record.domain.notice import Notice, parse_notice
from socle.errors import Refusal
from socle.postgres import Connection, Pool, reachable


class PostgresNotices:
    """Implements `Notices`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def find(self, pilot_id: str, version: str) -> Notice | None:
        with reachable():
            content = await self._pool.fetchval(
                "SELECT content FROM notice WHERE pilot_id = $1 AND version = $2", pilot_id, version
            )
        return None if content is None else parse_notice(content)


async def insert_notice(
    connection: Connection | Pool, notice: Notice, *, at: datetime, by: str
) -> None:
    """Store the version that people read from now on. Raises Refusal if it exists."""
    try:
        await connection.execute(
            "INSERT INTO notice (pilot_id, version, content, digest, published_at, published_by)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            notice.pilot_id,
            notice.version,
            notice.content(),
            notice.digest,
            at,
            by,
        )
    except asyncpg.UniqueViolationError:
        raise Refusal(
            "conflict",
            f"La version {notice.version} est publiée et ne change plus : donnez un autre nom "
            "à celle-ci.",
        ) from None
