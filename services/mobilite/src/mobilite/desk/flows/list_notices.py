"""Lists the notices of one feed, newest first; and those currently published."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mobilite.desk.domain.notice import Notice
from mobilite.desk.flows.publish_notice import MAX_PUBLISHED, Desk
from mobilite.desk.ports import DeskKey
from mobilite.gtfs.domain.ids import FeedId
from socle.cursors import decode_text_cursor, encode_text_cursor, invalid_cursor

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class NoticePage:
    """A page of notices, newest first."""

    notices: tuple[Notice, ...]
    next: str | None
    """The cursor of the next page; None if there is none."""


async def list_notices(
    feed_id: FeedId,
    *,
    by: DeskKey,
    only_published: bool,
    cursor: str | None,
    limit: int,
    desk: Desk,
) -> NoticePage:
    """The notices of a feed: those in force or upcoming, or all. `by`: the caller's key. Raises
    Refusal if the key is not for the feed, or the cursor is invalid."""
    by.allow(feed_id)
    found = await desk.store.list(
        feed_id,
        feeds=by.feeds,
        published_at_instant=desk.clock.now() if only_published else None,
        after=None if cursor is None else _decode_place(cursor),
        limit=limit + 1,
    )
    page = tuple(found[:limit])
    return NoticePage(page, _cursor(page[-1]) if len(found) > limit else None)


async def published_notices(feed_id: FeedId, *, desk: Desk) -> Sequence[Notice]:
    """The notices in the desk's feed: in force or upcoming."""
    return await desk.store.list(
        feed_id,
        feeds=frozenset({feed_id}),
        published_at_instant=desk.clock.now(),
        after=None,
        limit=MAX_PUBLISHED,
    )


def _cursor(notice: Notice) -> str:
    return encode_text_cursor(f"{(notice.published_at - _EPOCH) // _MICROSECOND}.{notice.id}")


def _decode_place(cursor: str) -> tuple[datetime, str]:
    """The publication and the id of the last notice of a page. Raises Refusal("invalid")."""
    microseconds, _, notice_id = decode_text_cursor(cursor).partition(".")
    if not (
        microseconds.isascii() and microseconds.isdigit() and len(microseconds) <= 16 and notice_id
    ):
        raise invalid_cursor()
    return _EPOCH + int(microseconds) * _MICROSECOND, notice_id
