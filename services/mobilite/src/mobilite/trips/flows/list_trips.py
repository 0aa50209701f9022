"""The runs of a service day: of all feeds, of one, or of a route, in the order they start.

Includes runs outside the timetable; excludes runs deleted by a trip update.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from heapq import nsmallest
from itertools import chain

import numpy as np

from mobilite.feeds.flows.known_feeds import known_feed
from mobilite.gtfs.domain.ids import split_global_id
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.http.domain.cursors import decode_text_cursor, encode_text_cursor, invalid_cursor
from mobilite.realtime.domain.feed_snapshot import FeedSnapshot
from mobilite.realtime.domain.run_calls import RunCall, get_run_trip, list_calls
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.realtime.domain.run_trip import RunTrip
from mobilite.timetable.domain.feed_schedule import FeedSchedule
from mobilite.trips.ports import TripsState
from socle.errors import Refusal

Place = tuple[int, str, int, str]
"""The sort key of a run: scheduled start (POSIX seconds), feed, trip row (-1 outside the timetable)
and its name there.
"""


@dataclass(frozen=True, slots=True)
class TripFilter:
    """A feed, a route by its public id, a service day (None: each feed's local date)."""

    feed: str | None = None
    route: str | None = None
    day: ServiceDate | None = None


@dataclass(frozen=True, slots=True)
class ListedTrip:
    """A run with its first and its last call."""

    feed: FeedSnapshot
    schedule: FeedSchedule
    key: RunKey
    trip: RunTrip
    first: RunCall
    last: RunCall


@dataclass(frozen=True, slots=True)
class TripPage:
    """A page of runs and the cursor of the next. `generated_at` in POSIX seconds."""

    trips: tuple[ListedTrip, ...]
    next: str | None
    generated_at: int


def list_trips(
    state: TripsState, filters: TripFilter, *, now: datetime, limit: int, cursor: str | None = None
) -> TripPage:
    """The runs that pass the filter.

    Raises Refusal: "not_found" for an unknown feed or route, "invalid" for an invalid cursor.
    """
    instant, after = int(now.timestamp()), None if cursor is None else _read_place(cursor)
    feeds = {str(feed.feed_id): feed for feed in _feeds(state, filters)}
    found = chain.from_iterable(
        _runs(feed, filters, now, after, limit + 1) for feed in feeds.values()
    )
    chosen = nsmallest(limit + 1, found)
    trips = tuple(_listed(feeds[place[1]], key, instant) for place, key in chosen[:limit])
    more = len(chosen) > limit
    return TripPage(trips, _cursor_of(chosen[limit - 1][0]) if more else None, instant)


def _runs(
    feed: FeedSnapshot, filters: TripFilter, now: datetime, after: Place | None, wanted: int
) -> Iterator[tuple[Place, RunKey]]:
    """At least the first `wanted` runs of a feed after a place, if there are as many."""
    schedule = feed.schedule
    assert schedule is not None
    timetable = schedule.timetable
    day = filters.day or ServiceDate.of_instant(now, timetable.zone(0))
    named = None if filters.route is None else split_global_id(filters.route)
    route = None if named is None else named[1]
    for keys in feed.added_runs.values():
        for key in keys:
            run = feed.runs[key]
            same = key.day == day.day.toordinal() and route in (None, run.trip.route_id)
            place = run.departures[0], str(feed.feed_id), key.trip, key.name
            if same and not run.hidden and (after is None or place > after):
                yield place, key
    row = None if route is None else timetable.route_ids.index_of(route)
    if route is None or row is not None:
        yield from _planned(feed, schedule, day, row, after, wanted)


def _planned(
    feed: FeedSnapshot,
    schedule: FeedSchedule,
    day: ServiceDate,
    route: int | None,
    after: Place | None,
    wanted: int,
) -> Iterator[tuple[Place, RunKey]]:
    timetable, count = schedule.timetable, 0
    runs_that_day = timetable.services_on(day)[timetable.trip_service]
    if route is not None:
        runs_that_day = runs_that_day & (timetable.trip_route == route)
    rows = np.flatnonzero(runs_that_day)
    zones = timetable.service_zone[timetable.trip_service[rows]]
    zero = {
        zone: int(day.start(timetable.zone(zone)).timestamp()) for zone in np.unique(zones).tolist()
    }
    starts = timetable.call_departure[timetable.trip_first[rows]].astype(np.int64)
    starts += np.array([zero[zone] for zone in zones.tolist()], dtype=np.int64)
    order = np.argsort(starts, kind="stable")
    first = 0 if after is None else int(np.searchsorted(starts[order], after[0]))
    for index in order[first:].tolist():
        row, start = int(rows[index]), int(starts[index])
        key, place = RunKey(row, day.day.toordinal()), (start, str(feed.feed_id), row, "")
        run = feed.runs.get(key)
        if (run is None or not run.hidden) and (after is None or place > after):
            yield place, key
            count += 1
            if count == wanted:
                return


def _listed(feed: FeedSnapshot, key: RunKey, now: int) -> ListedTrip:
    assert feed.schedule is not None
    calls = list_calls(feed, key, now=now)
    return ListedTrip(feed, feed.schedule, key, get_run_trip(feed, key), calls[0], calls[-1])


def _feeds(state: TripsState, filters: TripFilter) -> list[FeedSnapshot]:
    wanted = None if filters.feed is None else known_feed(state, filters.feed)
    if filters.route is not None:
        named = split_global_id(filters.route)
        feed = None if named is None else state.snapshot.feeds.get(named[0])
        if named is None or feed is None or not _has_line(feed, named[1]):
            sentence = f"La ligne « {filters.route[:100]} » n'existe pas."
            raise Refusal("not_found", sentence, parameter="route")
        return [feed] if wanted in (None, named[0]) else []
    return [
        feed
        for feed_id, feed in sorted(state.snapshot.feeds.items())
        if feed.schedule is not None and wanted in (None, feed_id)
    ]


def _has_line(feed: FeedSnapshot, route: str) -> bool:
    if feed.schedule is None:
        return False
    known = feed.schedule.timetable.route_ids.index_of(route) is not None
    return known or any(
        feed.runs[key].trip.route_id == route for keys in feed.added_runs.values() for key in keys
    )


def _cursor_of(place: Place) -> str:
    return encode_text_cursor("\t".join(map(str, place)))


def _read_place(cursor: str) -> Place:
    start, feed_id, row, own = [*decode_text_cursor(cursor).split("\t", 3), "", "", ""][:4]
    try:
        return int(start), feed_id, int(row), own
    except ValueError:
        raise invalid_cursor() from None
