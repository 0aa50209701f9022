"""Compiles every kernel, so that the first request does not wait for it."""

from datetime import date

import numpy as np

from mobilite.journeys.domain.build_day import lanes_of
from mobilite.journeys.domain.day_network import DayNetwork
from mobilite.journeys.domain.fit_runs import fit_runs
from mobilite.journeys.domain.footpaths import footpaths_of
from mobilite.journeys.domain.in_seat.trip_links import TripLinks
from mobilite.journeys.domain.lanes import assign_lanes
from mobilite.journeys.domain.network import JourneyNetwork
from mobilite.journeys.domain.search import Access, Query, Ways, arrive_by, depart_at
from mobilite.timetable.domain.timetable import I8, I32


def warm_up() -> None:
    """Compile, or read from the cache, what searches and patches need: two stops, one run."""
    network = _network()
    group = _i32(0)
    assign_lanes(group, group, group, _i32(2), network.arrival, network.departure)
    lanes = lanes_of(network, group, group, _i32(1), group, group)
    fit_runs(lanes, group, group, _i32(-1))
    day = DayNetwork(
        network=network,
        day=date.min,
        origin=0,
        lanes=lanes,
        lane_pattern=group,
        run_trip=group,
        run_day=_i32(1),
        slot_of=np.zeros((1, 1), np.int32),
        first_day=1,
    )
    ways = Ways.of(footpaths_of(2, _i32(0, 1), _i32(1, 0), _i32(60, 60), _i32(70, 70)))
    query = Query(Access.of([(0, 0, 0)]), Access.of([(1, 0, 0)]))
    depart_at(day, ways, query, 0, window=60)
    arrive_by(day, ways, query, 60)


def _network() -> JourneyNetwork:
    one, stops = _i32(0, 1), _i32(0, 1)
    equipment: I8 = np.zeros(1, np.int8)
    return JourneyNetwork(
        feeds=(),
        stop_first=_i32(0, 2),
        trip_first=one,
        route_first=one,
        stop_lat=np.zeros(2),
        stop_lon=np.zeros(2),
        trip_call=_i32(0, 2),
        trip_pattern=_i32(0),
        arrival=_i32(0, 60),
        departure=_i32(0, 60),
        pattern_first=_i32(0, 2),
        pattern_stop=stops,
        pattern_point=stops,
        pattern_boardable=np.array([True, False]),
        pattern_alightable=np.array([False, True]),
        pattern_route=_i32(0),
        pattern_wheelchair=equipment,
        pattern_bikes=equipment,
        pattern_cars=equipment,
        point_stop=stops,
        point_first=_i32(2),
        rules=(),
        links=TripLinks(_i32().reshape(-1, 2), _i32().reshape(-1, 2), _i32(-1), _i32(0, 1)),
    )


def _i32(*numbers: int) -> I32:
    return np.array(numbers, np.int32)
