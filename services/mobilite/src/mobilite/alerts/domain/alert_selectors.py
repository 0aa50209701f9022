"""Matches a selector to a timetable: the routes, the stop and the runs it selects.

A selector with an unknown id, or with conditions that no trip fulfils together, matches nothing.
The reason is stored; the other conditions alone are never used, which would match more.
https://gtfs.org/documentation/realtime/reference/#message-entityselector
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mobilite.alerts.domain.alert import Selector, TripSelector
from mobilite.gtfs.domain.route_types import covers
from mobilite.timetable.domain.timetable import Timetable

UnknownField = Literal[
    "agency_id", "route_id", "route_type", "stop_id", "trip_id", "start_time", "combination"
]
"""The fields of a selector whose value is not in the timetable. `combination`: each value is, but
nothing has all of them.
"""


@dataclass(frozen=True, slots=True)
class Target:
    """What a selector matches in a timetable. None: any."""

    routes: frozenset[int] | None = None
    """Rows."""
    direction: int | None = None
    """0 or 1."""
    stop: int | None = None
    """The row of a stop, or of a station, which includes its platforms."""
    trips: frozenset[int] | None = None
    """Rows of the single trips selected; their routes and directions already match."""
    day: int | None = None
    """The ordinal of the only matching service day."""
    trip_id: str | None = None
    """A trip that is not in the timetable; real time can add it."""
    specific: bool = False
    """Whether the selector gives a route or a run, not only an agency, a mode or a stop."""
    unknown: tuple[UnknownField, ...] = ()
    """Why it matches nothing in the timetable; empty if it matches."""

    @property
    def everywhere(self) -> bool:
        """Whether it matches the entire network."""
        conditions = (self.routes, self.stop, self.trips)
        return not self.unknown and all(each is None for each in conditions)

    def matches_line(self, route: int, direction: int) -> bool:
        """Whether it matches a route (a row) in that direction. -1 is unknown: it matches only a
        target without that condition."""
        return (self.routes is None or route in self.routes) and (
            self.direction is None or direction == self.direction
        )


def find_target(timetable: Timetable, selector: Selector) -> Target:
    """What the selector matches. A target with `unknown` matches nothing, unless real time adds a
    trip with its `trip_id`."""
    routes, unknown = _routes(timetable, selector)
    stop = None
    if selector.stop_id is not None:
        stop = timetable.stop_ids.index_of(selector.stop_id)
        if stop is None:
            unknown.append("stop_id")
    direction, trip = selector.direction_id, selector.trip
    gives_route = selector.route_id is not None or (trip is not None and trip.route_id is not None)
    if trip is None or not trip.of_single_trips:
        # The direction of the trip descriptor takes precedence; two different ones match nothing.
        chosen = direction if trip is None or trip.direction_id is None else trip.direction_id
        if direction not in (None, chosen) or routes == frozenset():
            unknown = unknown or ["combination"]
        if chosen is not None and routes is None and stop is None:
            routes = frozenset(range(len(timetable.route_ids)))
        return Target(routes, chosen, stop, specific=gives_route, unknown=tuple(unknown))
    trips = _trips(timetable, trip, unknown)
    fitting = [row for row in trips if _matches(timetable, row, routes, direction, trip)]
    if not fitting and not unknown:
        unknown.append("combination")
    return Target(
        routes,
        stop=stop,
        trips=frozenset(fitting),
        day=None if trip.start_date is None else trip.start_date.day.toordinal(),
        trip_id=trip.trip_id if unknown == ["trip_id"] else None,
        specific=True,
        unknown=tuple(unknown),
    )


def _routes(
    timetable: Timetable, selector: Selector
) -> tuple[frozenset[int] | None, list[UnknownField]]:
    """The rows of the routes that fulfil the conditions on agency, route and route_type (None if
    there are none), and the fields with unknown values."""
    unknown: list[UnknownField] = []
    fits = np.ones(len(timetable.route_ids), dtype=np.bool_)
    if selector.agency_id is not None:
        agency = timetable.agency_ids.index_of(selector.agency_id)
        if agency is None:
            unknown.append("agency_id")
        fits &= timetable.route_agency == (-2 if agency is None else agency)
    if selector.route_type is not None:
        route_types: NDArray[np.int32] = np.unique(timetable.route_type)
        covered = [
            route_type
            for route_type in route_types.tolist()
            if covers(selector.route_type, route_type)
        ]
        if not covered:
            unknown.append("route_type")
        fits &= np.isin(timetable.route_type, covered)
    in_trip = None if selector.trip is None else selector.trip.route_id
    route_ids = {each for each in (selector.route_id, in_trip) if each is not None}
    for route_id in sorted(route_ids):
        route = timetable.route_ids.index_of(route_id)
        if route is None:
            unknown.append("route_id")
        fits &= np.arange(len(fits)) == (-1 if route is None else route)
    if not route_ids and selector.agency_id is None and selector.route_type is None:
        return None, unknown
    return frozenset(np.flatnonzero(fits).tolist()), unknown


def _trips(timetable: Timetable, trip: TripSelector, unknown: list[UnknownField]) -> list[int]:
    """The rows of the trips with that trip id and start time; unknown values are added to
    `unknown`."""
    if trip.trip_id is None:
        rows = np.arange(len(timetable.trip_ids), dtype=np.int32)
        starts = timetable.call_departure[timetable.trip_first[:-1]]
    else:
        rows = timetable.trip_ids.indexes_of(trip.trip_id)
        # Only frequency-based trips need a start time to identify the run.
        starts = timetable.trip_start[rows]
        if not len(rows):
            unknown.append("trip_id")
    if trip.start_time is not None and len(rows):
        same_start = (starts == trip.start_time) | ((starts < 0) & (trip.trip_id is not None))
        rows = rows[same_start]
        if not len(rows):
            unknown.append("start_time")
    found: list[int] = rows.tolist()
    return found


def _matches(
    timetable: Timetable,
    row: int,
    routes: frozenset[int] | None,
    direction: int | None,
    trip: TripSelector,
) -> bool:
    """Whether a trip (a row) fulfils the conditions on route, direction and day."""
    if routes is not None and int(timetable.trip_route[row]) not in routes:
        return False
    if trip.start_date is not None and not timetable.runs_on(row, trip.start_date):
        return False
    actual = int(timetable.trip_direction[row])
    return all(each in (None, actual) for each in (direction, trip.direction_id))
