"""Notices in PostgreSQL: the current versions, and every change with its author.

The statements that read contain the feeds of the key: other rows do not exist for it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg
from pydantic import TypeAdapter

from mobilite.desk.domain.notice import AlertNotice, CancellationNotice, Notice
from mobilite.gtfs.domain.ids import FeedId
from socle.errors import Refusal
from socle.postgres import Connection, Pool, reachable, transaction

_CONTENT_TYPES: dict[str, TypeAdapter[Any]] = {
    "alert": TypeAdapter(AlertNotice),
    "cancellation": TypeAdapter(CancellationNotice),
}

# Without an idempotency key `once` is NULL, which conflicts with no other row.
_ADD = """
INSERT INTO notice (id, feed_id, kind, content, version, author, published_at, changed_at,
    withdrawn_at, ends_at, once)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (feed_id, author, once) DO NOTHING RETURNING id
"""
_SAME = "SELECT * FROM notice WHERE feed_id = $1 AND author = $2 AND once = $3"
_REPLACE = """
UPDATE notice SET content = $3, version = $4, author = $5, changed_at = $6, withdrawn_at = $7,
    ends_at = $8
WHERE feed_id = $1 AND id = $2 AND version = $4 - 1 RETURNING id
"""
_LOG = """
INSERT INTO notice_change (notice_id, version, at, author, content, withdrawn)
VALUES ($1, $2, $3, $4, $5, $6)
"""
_FIND = "SELECT * FROM notice WHERE feed_id = $1 AND id = $2 AND feed_id = ANY($3)"
_LIST = """
SELECT * FROM notice
WHERE feed_id = $1 AND feed_id = ANY($2)
    AND ($3::timestamptz IS NULL
        OR (withdrawn_at IS NULL AND (ends_at IS NULL OR ends_at > $3)))
    AND ($4::timestamptz IS NULL OR (published_at, id) < ($4, $5))
ORDER BY published_at DESC, id DESC LIMIT $6
"""
_COUNT = """
SELECT count(*) FROM notice
WHERE feed_id = $1 AND withdrawn_at IS NULL AND (ends_at IS NULL OR ends_at > $2)
"""


class PostgresNotices:
    """The notices of every feed, in the service's own database. Implements `NoticeStore`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def add(
        self, notice: Notice, *, idempotency_key: str | None, max_published: int
    ) -> Notice:
        """Insert a notice. Returns the existing one if the author has used the key for the same
        content.

        Raises Refusal: "conflict" if the key was used for other content, "too_many" if the feed
        would have more than `max_published` notices in force or upcoming. Raises Retry.
        """
        with reachable():
            async with transaction(self._pool) as connection:
                # One publication per feed at a time, or two could exceed the limit together.
                await connection.execute(
                    "SELECT pg_advisory_xact_lock(hashtext('notice:' || $1))", notice.feed_id
                )
                added = await connection.fetchval(_ADD, *_values(notice), idempotency_key)
                if added is None:
                    known = await connection.fetchrow(
                        _SAME, notice.feed_id, notice.author, idempotency_key
                    )
                    return _require_same_content(known, notice)
                await self._check_limit(connection, notice, max_published)
                await connection.execute(_LOG, *_change(notice))
        return notice

    async def replace(self, notice: Notice) -> None:
        """Store the next version of a notice. Raises Refusal("conflict") if the stored version is
        not the previous one. Raises Retry."""
        content = _content(notice)[1]
        with reachable():
            async with transaction(self._pool) as connection:
                done = await connection.fetchval(
                    _REPLACE,
                    notice.feed_id,
                    notice.id,
                    content,
                    notice.version,
                    notice.author,
                    notice.changed_at,
                    notice.withdrawn_at,
                    notice.content.period.end,
                )
                if done is None:
                    raise Refusal(
                        "conflict",
                        "Cet avis a été modifié entre-temps : relisez-le, puis recommencez.",
                    )
                await connection.execute(_LOG, *_change(notice))

    async def find(
        self, feed_id: FeedId, notice_id: str, *, feeds: frozenset[FeedId]
    ) -> Notice | None:
        """One notice of a feed; None if there is none, or the feed is not one of `feeds`. Raises
        Retry."""
        if "\0" in notice_id:  # no text of PostgreSQL can contain it
            return None
        with reachable():
            row = await self._pool.fetchrow(_FIND, feed_id, notice_id, list(feeds))
        return None if row is None else _notice(row)

    async def list(
        self,
        feed_id: FeedId,
        *,
        feeds: frozenset[FeedId],
        published_at_instant: datetime | None,
        after: tuple[datetime, str] | None,
        limit: int,
    ) -> Sequence[Notice]:
        """The notices of a feed, newest first; none if it is not one of `feeds`.

        `published_at_instant`: only those in force or upcoming at that instant; None: all.
        `after`: the publication and id of the last notice of the previous page. Raises Retry.
        """
        place = after or (None, None)
        with reachable():
            rows = await self._pool.fetch(
                _LIST, feed_id, list(feeds), published_at_instant, *place, limit
            )
        return [_notice(row) for row in rows]

    async def _check_limit(
        self, connection: Connection, notice: Notice, max_published: int
    ) -> None:
        """Check the number of published notices of the feed. Raises Refusal("too_many") if it is
        greater than `max_published`."""
        published = await connection.fetchval(_COUNT, notice.feed_id, notice.published_at)
        if published > max_published:
            raise Refusal(
                "too_many",
                f"Ce réseau diffuse déjà {max_published} avis : retirez-en avant d'en publier.",
            )


def _values(notice: Notice) -> tuple[object, ...]:
    """The parameters of `_ADD`, without the last."""
    content_type, content = _content(notice)
    return (
        notice.id,
        notice.feed_id,
        content_type,
        content,
        notice.version,
        notice.author,
        notice.published_at,
        notice.changed_at,
        notice.withdrawn_at,
        notice.content.period.end,
    )


def _change(notice: Notice) -> tuple[object, ...]:
    """The parameters of `_LOG`."""
    content = _content(notice)[1]
    withdrawn = notice.withdrawn_at is not None
    return notice.id, notice.version, notice.changed_at, notice.author, content, withdrawn


def _content(notice: Notice) -> tuple[str, object]:
    """The type of a notice and its content as JSON."""
    content_type = "alert" if isinstance(notice.content, AlertNotice) else "cancellation"
    return content_type, _CONTENT_TYPES[content_type].dump_python(notice.content, mode="json")


def _require_same_content(known: asyncpg.Record | None, wanted: Notice) -> Notice:
    """The stored notice. Raises Refusal("conflict") if its content is not that of `wanted`."""
    notice = None if known is None else _notice(known)
    if notice is None or notice.content != wanted.content:
        raise Refusal("conflict", "Cet Idempotency-Key a déjà servi pour un autre avis.")
    return notice


def _notice(row: asyncpg.Record) -> Notice:
    return Notice(
        id=row["id"],
        feed_id=FeedId(row["feed_id"]),
        content=_CONTENT_TYPES[row["kind"]].validate_python(row["content"]),
        version=row["version"],
        author=row["author"],
        published_at=row["published_at"],
        changed_at=row["changed_at"],
        withdrawn_at=row["withdrawn_at"],
    )
