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
from mobilite.realtime.domain.feed_snapshot import FeedSnapshot
from mobilite.realtime.domain.run_calls import RunCall, get_run_trip, list_calls
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.realtime.domain.run_trip import RunTrip
from mobilite.timetable.domain.feed_schedule import FeedSchedule
from mobilite.trips.ports import TripsState
from socle.cursors import decode_text_cursor, encode_text_cursor, invalid_cursor
from socle.errors import Refusal

Place = tuple[int, str, int, str]
"""The sort key of a run: scheduled start (POSIX seconds), feed id, row of the trip (-1 outside the
timetable), and the name of a run outside the timetable (`RunKey.name`).
"""


@dataclass(frozen=True, slots=True)
class TripFilter:
    """The conditions of a query; all must hold."""

    feed: str | None = None
    """A feed id; None: any."""
    route: str | None = None
    """A public id; None: any."""
    day: ServiceDate | None = None
    """None: the current local date of each feed."""


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
    """A page of runs, in the order of their starts."""

    trips: tuple[ListedTrip, ...]
    next: str | None
    """The cursor of the next page; None if there is none."""
    generated_at: int
    """POSIX seconds."""


def list_trips(
    state: TripsState, filters: TripFilter, *, now: datetime, limit: int, cursor: str | None = None
) -> TripPage:
    """The runs that pass the filter. A feed whose schedule is not loaded has none.

    Raises Refusal: "not_found" for an unknown feed or route, "invalid" for an invalid cursor.
    """
    instant, after = int(now.timestamp()), None if cursor is None else _decode_place(cursor)
    feeds = {str(feed.feed_id): feed for feed in _feeds(state, filters)}
    found = chain.from_iterable(
        _runs(feed, filters, now, after, limit + 1) for feed in feeds.values()
    )
    chosen = nsmallest(limit + 1, found)
    trips = tuple(_listed(feeds[place[1]], key, instant) for place, key in chosen[:limit])
    more = len(chosen) > limit
    return TripPage(trips, _encode_place(chosen[limit - 1][0]) if more else None, instant)


def _runs(
    feed: FeedSnapshot, filters: TripFilter, now: datetime, after: Place | None, wanted: int
) -> Iterator[tuple[Place, RunKey]]:
    """The runs of a feed after a place: at least the first `wanted` ones, if there are as many."""
    schedule = feed.schedule
    assert schedule is not None
    timetable = schedule.timetable
    day = filters.day or ServiceDate.of_instant(now, timetable.zone(0))
    parts = None if filters.route is None else split_global_id(filters.route)
    route = None if parts is None else parts[1]
    for keys in feed.added_runs.values():
        for key in keys:
            run = feed.runs[key]
            same = key.day == day.day.toordinal() and route in (None, run.trip.route_id)
            place = run.departures[0], str(feed.feed_id), key.trip, key.name
            if same and not run.hidden and (after is None or place > after):
                yield place, key
    row = None if route is None else timetable.route_ids.index_of(route)
    if route is None or row is not None:
        yield from _timetable_runs(feed, schedule, day, row, after, wanted)


def _timetable_runs(
    feed: FeedSnapshot,
    schedule: FeedSchedule,
    day: ServiceDate,
    route: int | None,
    after: Place | None,
    wanted: int,
) -> Iterator[tuple[Place, RunKey]]:
    """The first `wanted` runs of the timetable on a day, after a place. `route`: a row."""
    timetable, count = schedule.timetable, 0
    runs_that_day = timetable.services_on(day)[timetable.trip_service]
    if route is not None:
        runs_that_day = runs_that_day & (timetable.trip_route == route)
    rows = np.flatnonzero(runs_that_day)
    zones = timetable.service_zone[timetable.trip_service[rows]]
    day_start = {
        zone: int(day.start(timetable.zone(zone)).timestamp()) for zone in np.unique(zones).tolist()
    }
    starts = timetable.call_departure[timetable.trip_first[rows]].astype(np.int64)
    starts += np.array([day_start[zone] for zone in zones.tolist()], dtype=np.int64)
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
    """The feeds that can have such runs. Raises Refusal for an unknown feed or route."""
    wanted = None if filters.feed is None else known_feed(state, filters.feed)
    if filters.route is not None:
        parts = split_global_id(filters.route)
        feed = None if parts is None else state.snapshot.feeds.get(parts[0])
        if parts is None or feed is None or not _has_route(feed, parts[1]):
            sentence = f"La ligne « {filters.route[:100]} » n'existe pas."
            raise Refusal("not_found", sentence, parameter="route")
        return [feed] if wanted in (None, parts[0]) else []
    return [
        feed
        for feed_id, feed in sorted(state.snapshot.feeds.items())
        if feed.schedule is not None and wanted in (None, feed_id)
    ]


def _has_route(feed: FeedSnapshot, route: str) -> bool:
    if feed.schedule is None:
        return False
    known = feed.schedule.timetable.route_ids.index_of(route) is not None
    return known or any(
        feed.runs[key].trip.route_id == route for keys in feed.added_runs.values() for key in keys
    )


def _encode_place(place: Place) -> str:
    return encode_text_cursor("\t".join(map(str, place)))


def _decode_place(cursor: str) -> Place:
    start, feed_id, row, name = [*decode_text_cursor(cursor).split("\t", 3), "", "", ""][:4]
    try:
        return int(start), feed_id, int(row), name
    except ValueError:
        raise invalid_cursor() from None
