"""The routes of a feed, of a mode, by name or number."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

from mobilite.alerts.ports import AlertsState
from mobilite.feeds.flows.known_feeds import known_feed
from mobilite.gtfs.domain.ids import FeedId
from mobilite.gtfs.domain.route_types import covers
from mobilite.text_search.domain.search_words import search_words
from mobilite.timetable.domain.feed_schedule import FeedSchedule
from socle.cursors import decode_text_cursor, encode_text_cursor, invalid_cursor

_NAMES: Final[WeakKeyDictionary[FeedSchedule, Sequence[tuple[str, ...]]]] = WeakKeyDictionary()
"""The search words of the routes of each schedule in service."""


@dataclass(frozen=True, slots=True)
class RouteFilter:
    """The conditions of a query; all must hold. None: any."""

    feed: str | None = None
    """A feed id."""
    text: str | None = None
    """Words of the number, the name or a terminus, or their beginnings."""
    route_type: int | None = None
    """Basic or extended; a general type includes the more precise ones (`covers`)."""


@dataclass(frozen=True, slots=True)
class FoundRoute:
    """A route of a schedule in service."""

    schedule: FeedSchedule
    route: int
    """Its row."""


@dataclass(frozen=True, slots=True)
class RoutePage:
    """A page of routes, by feed and display order."""

    routes: tuple[FoundRoute, ...]
    next: str | None
    """The cursor of the next page; None if there is none."""


def list_routes(
    state: AlertsState, filters: RouteFilter, *, limit: int, cursor: str | None = None
) -> RoutePage:
    """The routes that pass the filter.

    Raises Refusal: "not_found" for an unknown feed, "invalid" for an invalid cursor.
    """
    wanted = search_words(filters.text) if filters.text else ()
    found: list[tuple[tuple[str, int], FoundRoute]] = []
    for feed_id, schedule in _schedules(state, filters):
        rows = sorted(range(len(schedule.route_rank)), key=schedule.route_rank.__getitem__)
        for row in rows:
            if _passes(schedule, row, filters.route_type, wanted):
                place = (str(feed_id), schedule.route_rank[row])
                found.append((place, FoundRoute(schedule, row)))
    start = 0
    if cursor is not None:
        start = bisect_right([place for place, _ in found], _decode_place(cursor))
    page = found[start : start + limit]
    more = start + len(page) < len(found)
    place = page[-1][0] if page else ("", 0)
    return RoutePage(
        tuple(route for _, route in page),
        encode_text_cursor(f"{place[0]}:{place[1]}") if more and page else None,
    )


def _decode_place(cursor: str) -> tuple[str, int]:
    """The feed and the rank of the last route of a page. Raises Refusal("invalid")."""
    feed_id, _, rank = decode_text_cursor(cursor).rpartition(":")
    if not rank.isdecimal():
        raise invalid_cursor()
    return feed_id, int(rank)


def _schedules(state: AlertsState, filters: RouteFilter) -> list[tuple[FeedId, FeedSchedule]]:
    if filters.feed is not None:
        known_feed(state, filters.feed)
    return [
        (feed_id, feed.schedule)
        for feed_id, feed in sorted(state.snapshot.feeds.items())
        if feed.schedule is not None and filters.feed in (None, feed_id)
    ]


def _passes(
    schedule: FeedSchedule, route: int, route_type: int | None, wanted: tuple[str, ...]
) -> bool:
    timetable = schedule.timetable
    listed_type = int(timetable.route_type[route])
    if route_type is not None and not (
        route_type == listed_type or covers(route_type, listed_type)
    ):
        return False
    if not wanted:
        return True
    names = _names_of(schedule)[route]
    return all(any(name.startswith(word) for name in names) for word in wanted)


def _names_of(schedule: FeedSchedule) -> Sequence[tuple[str, ...]]:
    """The search words of each route: of its number, its name and its termini."""
    if schedule not in _NAMES:
        timetable = schedule.timetable
        _NAMES[schedule] = [
            search_words(" ".join((short, long, *schedule.termini_of(row))))
            for row, (short, long) in enumerate(
                zip(timetable.route_short, timetable.route_long, strict=True)
            )
        ]
    return _NAMES[schedule]
