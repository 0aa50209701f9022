"""Import records in PostgreSQL, announced through the outbox of the same transaction.

`feed_version` has every version ever imported; `feed_schedule` the current one of each feed.
"""

from collections.abc import Mapping

import asyncpg
from pydantic import TypeAdapter

from mobilite.events import TimetableV1
from mobilite.events.part import key_of
from mobilite.gtfs.domain.ids import FeedId
from mobilite.imports.domain.import_record import Attempt, ImportRecord
from mobilite.packing.domain.feed_version import FeedVersion
from socle.events import Tombstone
from socle.outbox import Outbox
from socle.postgres import Pool, reachable, transaction

_VERSION = TypeAdapter(FeedVersion)

_LOAD = """
SELECT s.feed_id, s.source_tag, s.source_problem, s.attempted_at, s.outcome, s.problem,
    v.packed_at, v.facts
FROM feed_schedule s LEFT JOIN feed_version v USING (feed_id, sha256)
"""
_INSERT_VERSION = """
INSERT INTO feed_version (feed_id, sha256, packed_at, facts) VALUES ($1, $2, $3, $4)
ON CONFLICT (feed_id, sha256) DO UPDATE SET packed_at = excluded.packed_at, facts = excluded.facts
"""
_UPSERT_SCHEDULE = """
INSERT INTO feed_schedule
    (feed_id, sha256, source_tag, source_problem, attempted_at, outcome, problem)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (feed_id) DO UPDATE SET sha256 = excluded.sha256,
    source_tag = excluded.source_tag, source_problem = excluded.source_problem,
    attempted_at = excluded.attempted_at, outcome = excluded.outcome, problem = excluded.problem
"""
_RECENT_FILES = """
SELECT sha256 FROM (
    SELECT v.sha256, row_number() OVER (PARTITION BY v.feed_id ORDER BY v.packed_at DESC) AS rank
    FROM feed_version v JOIN feed_schedule s USING (feed_id)
) ranked WHERE rank <= $1
UNION SELECT sha256 FROM feed_schedule WHERE sha256 IS NOT NULL
"""


class PostgresImportStore:
    """Import records in the service's own database. Implements `ImportStore`."""

    def __init__(self, pool: Pool, outbox: Outbox) -> None:
        self._pool = pool
        self._outbox = outbox

    async def load(self) -> Mapping[FeedId, ImportRecord]:
        """The record of every feed. Raises Retry if the database is unavailable."""
        with reachable():
            rows = await self._pool.fetch(_LOAD)
        return {FeedId(row["feed_id"]): _record(row) for row in rows}

    async def save(self, record: ImportRecord, announcement: TimetableV1) -> None:
        """Store the record and its announcement in one transaction. Raises Retry."""
        version, attempt = record.version, record.attempt
        with reachable():
            async with transaction(self._pool) as connection:
                if version is not None:
                    version_json = _VERSION.dump_python(version, mode="json")
                    await connection.execute(
                        _INSERT_VERSION,
                        record.feed_id,
                        version.sha256,
                        record.packed_at,
                        version_json,
                    )
                await connection.execute(
                    _UPSERT_SCHEDULE,
                    record.feed_id,
                    version.sha256 if version else None,
                    record.source_tag,
                    record.source_problem,
                    attempt.at,
                    attempt.outcome,
                    attempt.problem,
                )
                await self._outbox.announce(connection, announcement)

    async def delete(self, feed_id: FeedId) -> None:
        """Delete the feed's schedule and announce a tombstone. Raises Retry."""
        with reachable():
            async with transaction(self._pool) as connection:
                await connection.execute("DELETE FROM feed_schedule WHERE feed_id = $1", feed_id)
                await self._outbox.announce(connection, Tombstone(TimetableV1, key_of(feed_id)))

    async def recent_files(self, versions: int) -> frozenset[str]:
        """The SHA-256 of the packed files of the last `versions` versions of each current feed, and
        of the versions in use. Raises Retry."""
        with reachable():
            rows = await self._pool.fetch(_RECENT_FILES, versions)
        return frozenset(row["sha256"] for row in rows)


def _record(row: asyncpg.Record) -> ImportRecord:
    return ImportRecord(
        feed_id=FeedId(row["feed_id"]),
        version=_VERSION.validate_python(row["facts"]) if row["facts"] is not None else None,
        packed_at=row["packed_at"],
        source_tag=row["source_tag"],
        source_problem=row["source_problem"],
        attempt=Attempt(row["attempted_at"], row["outcome"], row["problem"]),
    )
