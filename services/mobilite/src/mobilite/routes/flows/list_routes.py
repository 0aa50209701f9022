"""The lines people look for: of a network, of a mode, by name or number."""

from bisect import bisect_right
from dataclasses import dataclass

from mobilite.alerts.ports import AlertsState
from mobilite.feeds.flows.known_feeds import known_feed
from mobilite.gtfs.domain.ids import FeedId
from mobilite.gtfs.domain.route_types import covers
from mobilite.http.domain.cursors import foreign_cursor, read_text_cursor, text_cursor_of
from mobilite.stops.domain.search_words import words
from mobilite.timetable.domain.feed_schedule import FeedSchedule


@dataclass(frozen=True, slots=True)
class RouteFilter:
    """What is asked for: a network, words of a name or number, a route_type (basic or extended)."""

    feed: str | None = None
    text: str | None = None
    kind: int | None = None


@dataclass(frozen=True, slots=True)
class FoundRoute:
    """A line of the schedule that serves: a row."""

    schedule: FeedSchedule
    route: int


@dataclass(frozen=True, slots=True)
class RoutePage:
    """A page of lines, by network and then as people count them; and the cursor of the next."""

    routes: tuple[FoundRoute, ...]
    next: str | None


def list_routes(
    state: AlertsState, asked: RouteFilter, *, limit: int, cursor: str | None = None
) -> RoutePage:
    """The lines that pass the filter.

    Raises Refusal: "not_found" for an unknown network, "invalid" for a cursor that is none.
    """
    wanted = words(asked.text) if asked.text else ()
    found: list[tuple[tuple[str, int], FoundRoute]] = []
    for feed_id, schedule in _schedules(state, asked):
        rows = sorted(range(len(schedule.route_rank)), key=schedule.route_rank.__getitem__)
        for row in rows:
            if _passes(schedule, row, asked.kind, wanted):
                place = (str(feed_id), schedule.route_rank[row])
                found.append((place, FoundRoute(schedule, row)))
    start = 0
    if cursor is not None:
        start = bisect_right([place for place, _ in found], _read_place(cursor))
    page = found[start : start + limit]
    more = start + len(page) < len(found)
    place = page[-1][0] if page else ("", 0)
    return RoutePage(
        tuple(route for _, route in page),
        text_cursor_of(f"{place[0]}:{place[1]}") if more and page else None,
    )


def _read_place(cursor: str) -> tuple[str, int]:
    feed_id, _, rank = read_text_cursor(cursor).rpartition(":")
    if not rank.isdecimal():
        raise foreign_cursor()
    return feed_id, int(rank)


def _schedules(state: AlertsState, asked: RouteFilter) -> list[tuple[FeedId, FeedSchedule]]:
    if asked.feed is not None:
        known_feed(state, asked.feed)
    return [
        (feed_id, feed.schedule)
        for feed_id, feed in sorted(state.snapshot.feeds.items())
        if feed.schedule is not None and asked.feed in (None, feed_id)
    ]


def _passes(schedule: FeedSchedule, route: int, kind: int | None, wanted: tuple[str, ...]) -> bool:
    timetable = schedule.timetable
    told = int(timetable.route_type[route])
    if kind is not None and not (kind == told or covers(kind, told)):
        return False
    named = words(f"{timetable.route_short[route]} {timetable.route_long[route]}")
    return all(any(name.startswith(word) for name in named) for word in wanted)
