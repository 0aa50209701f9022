"""Which lanes and stops a traveller accepts."""

from collections.abc import Collection
from dataclasses import replace
from typing import Final

import numpy as np

from mobilite.journeys.domain.day_network import DayNetwork
from mobilite.journeys.domain.network import JourneyNetwork
from mobilite.timetable.domain.timetable import I8, I32, Bool

POSSIBLE: Final = 1
"""The value "yes" of wheelchair_accessible, bikes_allowed and cars_allowed."""
NOT_POSSIBLE: Final = 2
"""The value "no" of wheelchair_accessible, wheelchair_boarding and bikes_allowed."""


def open_lanes(
    day: DayNetwork,
    *,
    banned_routes: Collection[int] = (),
    modes: Collection[int] | None = None,
    wheelchair: bool = False,
    bikes: bool = False,
    cars: bool = False,
    unknown: bool = True,
) -> Bool:
    """bool[lanes]: the lanes that these wishes leave.

    `banned_routes`: numbers of the network. `modes`: the route_types accepted; all if None. With
    `wheelchair`, `bikes` or `cars`, runs that take them. `unknown`: whether a run without
    information takes wheelchairs and bicycles; it never takes a car.
    """
    route_open = np.ones(int(day.network.route_first[-1]) + 1, np.bool_)
    if modes is not None:
        types = np.concatenate([*(feed.route_type for feed in day.network.feeds), [-1]])
        route_open = np.isin(types, np.array([*modes], np.int32))
    route_open[np.array([*banned_routes], np.intp)] = False
    network, own = day.network, day.own_calls
    # A route outside the timetable is the last one.
    of_own = [int(route_open[[*one.routes]].all()) for one in own]
    accepted: Bool = _by_lane(day, route_open[network.pattern_route], of_own).astype(np.bool_)
    if wheelchair:
        values = _by_lane(day, network.pattern_wheelchair, [one.wheelchair for one in own])
        accepted = accepted & _takes(values, unknown=unknown)
    if bikes:
        values = _by_lane(day, network.pattern_bikes, [one.bikes for one in own])
        accepted = accepted & _takes(values, unknown=unknown)
    if cars:
        values = _by_lane(day, network.pattern_cars, [one.cars for one in own])
        accepted = accepted & _takes(values, unknown=False)
    return accepted


def lanes_of(day: DayNetwork, *, routes: Collection[int], types: Collection[int]) -> Bool:
    """bool[lanes]: the lanes of these routes (numbers of the network), and of these route_types; of
    several runs in one lane it is enough that one is."""
    known = np.concatenate([*(feed.route_type for feed in day.network.feeds), [-1]])
    chosen = np.isin(known, np.array([*types], np.int32))
    chosen[np.array([*routes], np.intp)] = True
    of_own = [int(chosen[[*one.routes]].any()) for one in day.own_calls]
    return _by_lane(day, chosen[day.network.pattern_route], of_own).astype(np.bool_)


def stops_without_wheelchairs(network: JourneyNetwork, *, unknown: bool = True) -> I32:
    """The stops where people in a wheelchair cannot board, for `without_stops`. `unknown`: whether
    they can where the feed has no information."""
    values = np.concatenate(
        [np.empty(0, np.int8), *(feed.stop_wheelchair for feed in network.feeds)]
    )
    return np.flatnonzero(~_takes(values, unknown=unknown)).astype(np.int32)


def _takes(values: I8 | I32, *, unknown: bool) -> Bool:
    takes: Bool = values != NOT_POSSIBLE if unknown else values == POSSIBLE
    return takes


def without_stops(day: DayNetwork, stops: Collection[int] | I32) -> DayNetwork:
    """The day with these stops closed: there is no boarding, alighting or changing."""
    is_open = np.ones(day.network.stops, np.bool_)
    is_open[np.array([*stops], np.intp)] = False
    served = is_open[day.network.point_stop[day.lanes.stop]]
    lanes = day.lanes._replace(
        boardable=day.lanes.boardable & served, alightable=day.lanes.alightable & served
    )
    return replace(day, lanes=lanes)


def _by_lane(day: DayNetwork, of_pattern: I8 | Bool, of_own_calls: list[int]) -> I32:
    """[lanes]: the value of each lane's pattern, or of its own calls."""
    values = np.concatenate([of_pattern, np.array(of_own_calls, np.int32)]).astype(np.int32)
    lane = day.lane_pattern
    result: I32 = values[np.where(lane >= 0, lane, len(of_pattern) + ~lane)]
    return result
