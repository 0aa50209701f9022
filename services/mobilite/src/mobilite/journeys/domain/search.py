"""Searches: the best journeys of a day network between two sets of stops.

    depart_at(day, footpaths, query, at)               the earliest arrivals, by number of rides
    depart_at(day, footpaths, query, at, window=…)     every best journey that leaves in a window
    arrive_by(day, footpaths, query, by, window=…)     the same from the arrival backwards
    reach(day, footpaths, query, at)                   how soon each stop is reached

A journey is a result if no other leaves no earlier, arrives no later and has no more rides.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from mobilite.journeys.domain.access import Access
from mobilite.journeys.domain.day_network import DayNetwork
from mobilite.journeys.domain.footpaths import Footpaths
from mobilite.journeys.domain.journey import Journey
from mobilite.journeys.domain.layers import Layers
from mobilite.journeys.domain.legs import journeys_of
from mobilite.journeys.domain.network import JourneyNetwork
from mobilite.journeys.domain.raptor.bounds import UNBOUNDED, least_times
from mobilite.journeys.domain.raptor.departures import list_departures, list_timed_departures
from mobilite.journeys.domain.raptor.kernel import search
from mobilite.journeys.domain.raptor.labels import NEVER, labels_of
from mobilite.journeys.domain.view import View, view_of
from mobilite.timetable.domain.timetable import I32, Bool

MOST_RIDES: Final = 8
LONGEST: Final = 24 * 3600
"""Seconds between departure and arrival after which a search gives up."""


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """Where from, where to, and what is acceptable."""

    origin: Access
    destination: Access
    most_rides: int = MOST_RIDES
    longest: int = LONGEST
    """Seconds."""
    walk_budget: int = 0
    """Metres of a way on foot between two rides; ways that feeds declare do not count."""
    change_buffer: int = 0
    """Seconds added to each change."""
    open_lanes: Bool | None = None
    """[lanes]: which lanes can be used; all if None (`filters.py`)."""
    layers: Layers | None = None
    """Of the day and the ways of the search: every journey rides in a lane that they prefer."""


@dataclass(frozen=True, slots=True, eq=False)
class Ways:
    """Footpaths in both directions."""

    onwards: Footpaths
    back: Footpaths

    @staticmethod
    def of(footpaths: Footpaths) -> "Ways":
        """Computed once per network and walking rules."""
        return Ways(footpaths, footpaths.reversed())

    def at_speed(self, speed: float) -> "Ways":
        """The same ways walked at that speed, in metres a second."""
        return Ways(self.onwards.at_speed(speed), self.back.at_speed(speed))

    def from_stop(self, stop: int, budget: int) -> Access:
        """A stop as an origin: people walk from it no further than the budget, in metres."""
        return _near(self.onwards, stop, budget)

    def to_stop(self, stop: int, budget: int) -> Access:
        """A stop as a destination."""
        return _near(self.back, stop, budget)

    def change(self, source: int, target: int, budget: int) -> tuple[int, int] | None:
        """Seconds and metres of the fastest way between two points; None if there is none within
        the budget, in metres."""
        paths, first = self.onwards, int(self.onwards.first[source])
        ways = slice(first, int(paths.first[source + 1]))
        near = (paths.target[ways] == target) & (paths.metres[ways] <= budget)
        rows = first + np.flatnonzero(near)
        if not len(rows):
            return None
        row = rows[np.argmin(paths.seconds[rows])]
        return int(paths.seconds[row]), int(paths.metres[row])


def depart_at(
    day: DayNetwork, ways: Ways, query: Query, at: int, *, window: int = 0
) -> tuple[Journey, ...]:
    """The journeys that leave at `at` (POSIX seconds) or after: without a window those of the
    earliest arrivals, else all that leave in that many seconds. Latest departures first.

    `day`: of the date of `at` in the zone of the network's first feed."""
    return _search(day, ways, query, day.seconds(at), window, backwards=False)


def arrive_by(
    day: DayNetwork, ways: Ways, query: Query, by: int, *, window: int = 0
) -> tuple[Journey, ...]:
    """The journeys that arrive at `by` (POSIX seconds) or before: without a window those of the
    latest departures, else all that arrive in that many seconds. Earliest arrivals first.

    `day`: of the date before that of `by`, so that journeys of the night are in it."""
    return _search(day, ways, query, -day.seconds(by), window, backwards=True)


def leave_later(day: DayNetwork, ways: Ways, query: Query, journey: Journey) -> Journey:
    """Of the journeys that arrive no later and ride no more than this one, that which leaves last:
    an earliest arrival says nothing about how long people wait on the way."""
    duration = journey.arrival - journey.departure
    same = replace(query, most_rides=journey.rides, longest=duration)
    found = arrive_by(day, ways, same, journey.arrival)
    return max(found, key=lambda each: each.departure, default=journey)


def reach(day: DayNetwork, ways: Ways, query: Query, at: int, *, backwards: bool = False) -> I32:
    """How soon each stop is reached by those who leave at `at` (POSIX seconds), or, `backwards`,
    how long before it those must leave it who are to be there then: seconds by stop, `NEVER` if
    that is later than `query.longest`.

    One search: the same arrivals as `depart_at` finds to each stop, the same departures as
    `arrive_by`. `query`: from its origin, or backwards to its destination; the other place does
    not matter. `day`: as for these two."""
    view = _view(day, ways, query, backwards=backwards)
    start, footpaths = (query.destination, ways.back) if backwards else (query.origin, ways.onwards)
    earliest = -day.seconds(at) if backwards else day.seconds(at)
    departures = list_departures(view, *_points_near(day.network, start), earliest, earliest)
    points, limit = len(day.network.point_stop), earliest + query.longest + 1
    nowhere = np.full(points, -1, np.int32)
    ridden, stops = np.full(day.network.stops, limit, np.int32), day.network.stops
    with labels_of(view, query.most_rides, nowhere, UNBOUNDED, limit, columns=1) as labels:
        search(view, labels, *departures, query.walk_budget, query.change_buffer, False)
        by_point = labels.times[:, 0]
        np.minimum.at(ridden, day.network.point_stop, np.minimum(by_point, limit))
    found = ridden.copy()
    # As a destination has the stops from which it can be reached on foot (`Ways.to_stop`).
    source = np.repeat(np.arange(points, dtype=np.int32), np.diff(footpaths.first))
    walked = (footpaths.metres <= query.walk_budget) & (source < stops) & (footpaths.target < stops)
    walked &= source != footpaths.target
    times = ridden[source[walked]].astype(np.int64) + footpaths.seconds[walked]
    np.minimum.at(found, footpaths.target[walked], np.minimum(times, limit).astype(np.int32))
    np.minimum.at(found, start.stops, start.seconds + np.int32(earliest))
    return np.where(found < limit, found - np.int32(earliest), np.int32(NEVER))


def _near(footpaths: Footpaths, stop: int, budget: int) -> Access:
    ways = slice(footpaths.first.item(stop), footpaths.first.item(stop + 1))
    columns = (footpaths.target, footpaths.seconds, footpaths.metres)
    # To stay at the stop is no change there.
    near = {stop: (0, 0)}
    for target, seconds, metres in zip(*(each[ways].tolist() for each in columns), strict=True):
        if metres > budget:
            break
        if target < footpaths.stops:
            near.setdefault(target, (seconds, metres))
    return Access.of_stops(near)


def _view(day: DayNetwork, ways: Ways, query: Query, backwards: bool) -> View:
    open_lanes = query.open_lanes
    if open_lanes is None:
        open_lanes = np.ones(len(day.lanes.first), np.bool_)
    footpaths = ways.back if backwards else ways.onwards
    assert len(footpaths.first) == len(day.network.point_stop) + 1, "ways of another network"
    return view_of(day.lanes, footpaths, open_lanes, backwards=backwards)


def _points_near(
    network: JourneyNetwork, near: Access, layers: Layers | None = None, *, origin: bool = True
) -> tuple[I32, I32]:
    """The stops near a place with all their points, and the seconds to each. `origin`: whether the
    journeys start there."""
    if len(network.point_stop) == network.stops:
        return near.stops, near.seconds
    by_stop = np.full(network.stops, -1, np.int32)
    by_stop[near.stops] = near.seconds
    seconds = by_stop[network.point_stop]
    points = np.flatnonzero(seconds >= 0).astype(np.int32)
    if layers is not None:
        points = points[layers.is_end(points, origin=origin)]
    return points, seconds[points]


def _search(
    day: DayNetwork, ways: Ways, query: Query, earliest: int, window: int, *, backwards: bool
) -> tuple[Journey, ...]:
    """Search in the order of a view. `earliest`: a clock time; `window`: seconds. The ways at the
    goal have no times."""
    ends, layers = (query.origin, query.destination), query.layers
    if layers is not None:
        day, ways = layers.day, Ways(layers.onwards, layers.back)
        query = replace(query, open_lanes=layers.open_lanes(query.open_lanes))
    (start, goal), view = ends[::-1] if backwards else ends, _view(day, ways, query, backwards)
    assert goal.times is None, "ways with times are searched from their end"
    latest = earliest + window
    if start.times is None:
        near = _points_near(day.network, start, layers, origin=not backwards)
        departures, entries, ready = list_departures(view, *near, earliest, latest)
    else:
        departures, entries, ready = list_timed_departures(day, view, start, earliest, latest)
    egress = np.full(len(day.network.point_stop), -1, np.int32)
    goals, seconds = _points_near(day.network, goal, layers, origin=backwards)
    egress[goals] = seconds
    limit = latest + query.longest + 1
    limits = query.walk_budget, query.change_buffer
    back = ways.onwards if backwards else ways.back
    ways_back = back.first, back.target, back.seconds, back.metres
    bounds, columns = UNBOUNDED, 1
    if window:
        # For one departure bounds take longer than they save.
        columns = query.most_rides
        bounds = least_times(view, ways_back, egress, *limits, query.most_rides)
    with labels_of(view, query.most_rides, egress, bounds, limit, columns=columns) as labels:
        found, sizes = search(view, labels, departures, entries, ready, *limits, window > 0)
    return journeys_of(day, view, found, sizes, *ends)
