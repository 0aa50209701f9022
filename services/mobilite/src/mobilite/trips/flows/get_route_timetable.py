"""The timetable of a route: the runs of one direction on a service day, at the stops it serves."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np

from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.realtime.domain.feed_snapshot import FeedSnapshot
from mobilite.realtime.domain.run_calls import RunCall, get_run_trip, list_calls
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.realtime.domain.run_trip import RunTrip
from mobilite.routes.domain.stop_rows import merge_patterns
from mobilite.routes.flows.get_route import resolve_route
from mobilite.routes.flows.list_routes import FoundRoute
from mobilite.trips.flows.runs_of_route import runs_of_route
from mobilite.trips.ports import TripsState

_DAYS_SEARCHED: Final = 60
"""Days after one without runs in which the next one with runs is searched."""


@dataclass(frozen=True, slots=True)
class TimetableRun:
    """A run, and where it calls."""

    key: RunKey
    trip: RunTrip
    headway: bool
    """Whether it runs by headway: its times are an example."""
    calls: tuple[tuple[int, RunCall], ...]
    """Each with its row, ascending."""


@dataclass(frozen=True, slots=True)
class RouteTimetable:
    """The timetable of one direction of a route on a service day."""

    feed: FeedSnapshot
    found: FoundRoute
    day: ServiceDate
    direction: int
    """0, 1 or -1."""
    stops: tuple[int, ...]
    """The stop (a row of the timetable) of each row."""
    runs: tuple[TimetableRun, ...]
    """In the order of their times."""
    next_day: ServiceDate | None
    """If there is no run: the next day with one, if it is near."""
    generated_at: int
    """POSIX seconds."""


def get_route_timetable(
    state: TripsState,
    route_id: str,
    *,
    now: datetime,
    day: ServiceDate | None = None,
    direction: int | None = None,
) -> RouteTimetable:
    """The timetable of a route (a public id) on a service day: by default the current local one,
    and the direction with the lowest number. Raises Refusal as `resolve_route`."""
    found = resolve_route(state, route_id)
    timetable, instant = found.schedule.timetable, int(now.timestamp())
    feed = state.snapshot.feed(timetable.feed_id)
    day = day or ServiceDate.of_instant(now, timetable.zone(0))
    if direction is None:
        directions = timetable.trip_direction[timetable.trip_route == found.route]
        direction = int(directions.min(initial=1)) if len(directions) else -1
    keys = runs_of_route(feed, found, day, direction)
    stops, runs = _rows(feed, found, keys, instant)
    return RouteTimetable(
        feed,
        found,
        day,
        direction,
        stops,
        tuple(_in_order(runs)),
        None if runs else _next_day(found, day, direction),
        instant,
    )


def _rows(
    feed: FeedSnapshot, found: FoundRoute, keys: list[RunKey], now: int
) -> tuple[tuple[int, ...], list[TimetableRun]]:
    """The stops of the rows, and the runs with the row of each call."""
    listed = found.schedule.listed_stop
    calls = {key: list_calls(feed, key, now=now) for key in keys}
    patterns = {
        key: tuple(listed(call.scheduled_stop) for call in own) for key, own in calls.items()
    }
    count = Counter(patterns.values())
    ordered = sorted(count, key=lambda each: (-count[each], -len(each), each))
    merged = merge_patterns(ordered)
    rows = dict(zip(ordered, merged.patterns, strict=True))
    exact = found.schedule.timetable.trip_exact_times
    return merged.stops, [
        TimetableRun(
            key,
            get_run_trip(feed, key),
            key.trip >= 0 and int(exact[key.trip]) == 0,
            tuple(zip(rows[patterns[key]], own, strict=True)),
        )
        for key, own in calls.items()
    ]


def _in_order(runs: list[TimetableRun]) -> list[TimetableRun]:
    """The runs by their times at the row that most of them have; a run without it by its start."""
    shared = Counter(row for run in runs for row, _ in run.calls)
    usual = min(shared, key=lambda row: (-shared[row], row), default=0)

    def place(run: TimetableRun) -> tuple[int, int, RunKey]:
        at = next((call.departure for row, call in run.calls if row == usual), None)
        start = run.calls[0][1].departure if run.calls else 0
        return (start if at is None else at, start, run.key)

    return sorted(runs, key=place)


def _next_day(found: FoundRoute, day: ServiceDate, direction: int) -> ServiceDate | None:
    """The next day after `day` on which a trip of the timetable runs in that direction."""
    timetable = found.schedule.timetable
    rows = (timetable.trip_route == found.route) & (timetable.trip_direction == direction)
    services = np.unique(timetable.trip_service[rows])
    first = max(day.day.toordinal() + 1, timetable.first_day)
    start = first - timetable.first_day
    if not len(services) or start >= timetable.service_days.shape[1]:
        return None
    running = timetable.service_days[services, start : start + _DAYS_SEARCHED].any(axis=0)
    days = np.flatnonzero(running)
    return ServiceDate.of_ordinal(first + int(days[0])) if len(days) else None
