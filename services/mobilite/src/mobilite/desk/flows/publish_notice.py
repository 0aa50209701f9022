"""Publishes, amends and withdraws notices, for the owner of a key of the feed.

A notice is only stored here. The poll role then reads it like any address of the operator. In all
functions `by` is the caller's key; they raise Refusal("forbidden") if it is not for the feed.
https://gtfs.org/documentation/realtime/reference/
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from mobilite.desk.domain.notice import AlertNotice, CancellationNotice, Notice
from mobilite.desk.flows.check_notice import check_alert, resolve_run_times
from mobilite.desk.ports import DeskKey, NoticeStore
from mobilite.feeds.flows.known_feeds import no_schedule_yet
from mobilite.gtfs.domain.ids import FeedId
from mobilite.timetable.domain.timetable import Timetable
from socle.clock import Clock
from socle.errors import Refusal

MAX_PUBLISHED = 500
"""Notices of one feed that can be in force or upcoming at a time."""

Content = AlertNotice | CancellationNotice


@dataclass(frozen=True, slots=True)
class Desk:
    """The dependencies of publishing."""

    store: NoticeStore
    timetable_of: Callable[[FeedId], Timetable | None]
    """Gives the current timetable of a feed; None if there is none."""
    clock: Clock
    new_id: Callable[[], str]
    """Gives the id of a new notice."""


def draft(feed_id: FeedId, content: Content, *, by: DeskKey, desk: Desk) -> Notice:
    """The checked notice as it would be published. Raises Refusal if it is not valid, or the feed
    has no schedule yet."""
    by.allow(feed_id)
    now = desk.clock.now()
    timetable = timetable_of(feed_id, desk)
    if isinstance(content, AlertNotice):
        check_alert(content, timetable, now=now)
    else:
        content = resolve_run_times(content, timetable, now=now)
    return Notice(desk.new_id(), feed_id, content, 1, by.name, now, now)


async def publish(
    feed_id: FeedId, content: Content, *, by: DeskKey, idempotency_key: str | None, desk: Desk
) -> Notice:
    """Store a new notice; with the same idempotency key and content, return the stored one.

    Raises Refusal as `draft` and `NoticeStore.add`.
    """
    notice = draft(feed_id, content, by=by, desk=desk)
    return await desk.store.add(
        notice, idempotency_key=idempotency_key, max_published=MAX_PUBLISHED
    )


async def amend(
    feed_id: FeedId, notice_id: str, content: Content, *, version: int, by: DeskKey, desk: Desk
) -> Notice:
    """Replace the content of a published notice. `version`: the one that the caller knows.

    Raises Refusal as `draft`; "not_found"; "conflict" if the notice is no longer published, is of
    the other type, or has another version.
    """
    fresh = draft(feed_id, content, by=by, desk=desk)
    known = await get_notice(feed_id, notice_id, by=by, desk=desk)
    if not known.is_published(fresh.changed_at):
        raise Refusal("conflict", "Cet avis n'est plus diffusé : publiez-en un nouveau.")
    if type(known.content) is not type(content):
        raise Refusal("conflict", "Une alerte reste une alerte, une suppression une suppression.")
    changed = replace(
        known,
        content=fresh.content,
        version=version + 1,
        author=by.name,
        changed_at=fresh.changed_at,
    )
    await desk.store.replace(changed)
    return changed


async def withdraw(feed_id: FeedId, notice_id: str, *, by: DeskKey, desk: Desk) -> Notice:
    """Stop publishing a notice. Idempotent. Raises Refusal: "not_found", or "conflict" if it is
    changed at the same time."""
    known = await get_notice(feed_id, notice_id, by=by, desk=desk)
    if known.withdrawn_at is not None:
        return known
    now: datetime = desk.clock.now()
    changed = replace(
        known, version=known.version + 1, author=by.name, changed_at=now, withdrawn_at=now
    )
    await desk.store.replace(changed)
    return changed


async def get_notice(feed_id: FeedId, notice_id: str, *, by: DeskKey, desk: Desk) -> Notice:
    """One notice. Raises Refusal("not_found") if the feed has none with that id."""
    by.allow(feed_id)
    notice = await desk.store.find(feed_id, notice_id, feeds=by.feeds)
    if notice is None:
        raise Refusal("not_found", f"L'avis « {notice_id[:60]} » n'existe pas.")
    return notice


def timetable_of(feed_id: FeedId, desk: Desk) -> Timetable:
    """The timetable to check a notice against. Raises Refusal("unavailable") if there is none."""
    timetable = desk.timetable_of(feed_id)
    if timetable is None:
        raise no_schedule_yet(feed_id)
    return timetable
