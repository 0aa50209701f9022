"""The notices of one feed, newest first, for whoever holds a key for it; and those to be told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mobilite.desk.domain.notice import Notice
from mobilite.desk.flows.publish_notice import MOST_TOLD, Desk
from mobilite.desk.ports import DeskKey
from mobilite.gtfs.domain.ids import FeedId
from mobilite.http.domain.cursors import foreign_cursor, read_text_cursor, text_cursor_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class NoticePage:
    """A page of notices, and the cursor of the next."""

    notices: tuple[Notice, ...]
    next: str | None


async def list_notices(
    feed_id: FeedId, *, by: DeskKey, told: bool, cursor: str | None, limit: int, desk: Desk
) -> NoticePage:
    """The notices of a feed, those `told` at present or all. Raises Refusal."""
    by.allow(feed_id)
    found = await desk.store.list(
        feed_id,
        feeds=by.feeds,
        told_at=desk.clock.now() if told else None,
        after=None if cursor is None else _place(cursor),
        limit=limit + 1,
    )
    page = tuple(found[:limit])
    return NoticePage(page, _cursor(page[-1]) if len(found) > limit else None)


async def told_notices(feed_id: FeedId, *, desk: Desk) -> Sequence[Notice]:
    """What the feed of the desk carries now: in force or to come."""
    return await desk.store.list(
        feed_id,
        feeds=frozenset({feed_id}),
        told_at=desk.clock.now(),
        after=None,
        limit=MOST_TOLD,
    )


def _cursor(notice: Notice) -> str:
    return text_cursor_of(f"{(notice.published_at - _EPOCH) // _MICROSECOND}.{notice.id}")


def _place(cursor: str) -> tuple[datetime, str]:
    moment, _, notice_id = read_text_cursor(cursor).partition(".")
    if not (moment.isascii() and moment.isdigit() and len(moment) <= 16 and notice_id):
        raise foreign_cursor()
    return _EPOCH + int(moment) * _MICROSECOND, notice_id
