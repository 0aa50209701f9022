"""The timetable of a route: the runs of one direction on a service day, at the stops it serves."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np

from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.routes.flows.get_route import resolve_route
from mobilite.routes.flows.list_routes import FoundRoute
from mobilite.stops.flows.get_stop import get_stop
from mobilite.trips.flows.runs_of_route import runs_of_route
from mobilite.trips.flows.timetable_runs import TimetableRun, timetable_runs
from mobilite.trips.ports import TripsState
from socle.errors import Refusal

_DAYS_SEARCHED: Final = 60
"""Days after one without runs in which the next one with runs is searched."""


@dataclass(frozen=True, slots=True)
class RouteTimetable:
    """The timetable of one direction of a route on a service day."""

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
    stop_id: str | None = None,
) -> RouteTimetable:
    """The timetable of a route (a public id) on a service day: by default the current local one,
    and the direction with the lowest number. `stop_id`: only the calls at that stop (a public id)
    or its station. Raises Refusal as `resolve_route`, and for an unknown stop."""
    found = resolve_route(state, route_id)
    timetable, instant = found.schedule.timetable, int(now.timestamp())
    feed = state.snapshot.feed(timetable.feed_id)
    day = day or ServiceDate.of_instant(now, timetable.zone(0))
    if direction is None:
        directions = timetable.trip_direction[timetable.trip_route == found.route]
        direction = int(directions.min(initial=1)) if len(directions) else -1
    keys = runs_of_route(feed, found, day, direction)
    at_stop = None if stop_id is None else _listed_stop(state, found, stop_id)
    rows = timetable_runs(feed, found.schedule, keys, now=instant, at_stop=at_stop)
    return RouteTimetable(
        found,
        day,
        direction,
        rows.stops,
        tuple(_in_order(rows.runs)),
        None if keys else _next_day(found, day, direction),
        instant,
    )


def _listed_stop(state: TripsState, found: FoundRoute, stop_id: str) -> int:
    """The listed stop (a row) of a public id. Raises Refusal("not_found") if it is not of the
    network of the route."""
    stop = get_stop(state, stop_id)
    if stop.schedule is not found.schedule:
        sentence = f"L'arrêt « {stop_id[:100]} » n'est pas du réseau de la ligne."
        raise Refusal("not_found", sentence, parameter="stop")
    return found.schedule.listed_stop(stop.stop)


def _in_order(runs: Sequence[TimetableRun]) -> list[TimetableRun]:
    """The runs by their times at the row that most of them have; a run without it by its start."""
    shared = Counter(call.row for run in runs for call in run.calls)
    usual = min(shared, key=lambda row: (-shared[row], row), default=0)

    def place(run: TimetableRun) -> tuple[int, int, RunKey]:
        at = next((call.departure for call in run.calls if call.row == usual), None)
        start = run.calls[0].departure
        return start if at is None else at, start, run.key

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
