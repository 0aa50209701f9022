"""The least time from each stop to the destination, whatever the timetable.

A search backwards from the destination in which each ride takes the least time of its lane
(`leg_times.py`) and nobody waits. A label that could not reach the destination in time even so is
left out of the search, which finds the same journeys with less work. Rides are counted too: with so
many more, the destination has to be reached earlier than with fewer.
"""

from typing import Final

import numpy as np

from mobilite.journeys.domain.compiled import borrowing, compiled, inlined
from mobilite.journeys.domain.leg_times import FAR
from mobilite.journeys.domain.view import View
from mobilite.timetable.domain.timetable import I32, Bool

REACHED: Final = 0
"""The column of bounds with the seconds from the end of a ride at the stop; the next column has the
rides."""
READY: Final = 2
"""The column with the seconds from a departure there; the next one has the rides."""
NO_LANE: Final = -1
UNBOUNDED: Final = np.empty((0, 4), np.int32)
"""Instead of bounds: none."""
WayColumns = tuple[I32, I32, I32, I32]
"""`first`, `target`, `seconds` and `metres` of footpaths."""


@compiled
def least_times(
    view: View, ways: WayColumns, egress: I32, budget: int, buffer: int, most: int
) -> I32:
    """[stops, 4]: the bounds. `ways`: those of `view` by their target; the others: the parameters
    of a search."""
    way_first, way_target, way_seconds, way_metres = ways
    bounds = np.full((len(egress), 4), FAR, np.int32)
    is_listed, listed = np.zeros((len(egress), 2), np.bool_), np.empty((2, len(egress)), np.int32)
    lanes = len(view.first)
    steps, queue = np.full((lanes, 2), NO_LANE, np.int32), np.empty(lanes, np.int32)
    ridden = np.full(len(view.stop), FAR, np.int32)
    reached = rides = 0
    for stop in range(len(egress)):
        if egress[stop] >= 0:
            reduce(bounds, REACHED, stop, egress[stop], 0)
            reached = list_stop(stop, reached, listed[0], is_listed, 0)
    while reached and rides < most:
        rides += 1
        queued = queue_lanes(view, listed[0, :reached], is_listed, steps, queue)
        boarded = 0
        for number in range(queued):
            boarded = ride_back(
                view, queue[number], steps, ridden, bounds, rides, listed[1], is_listed, boarded
            )
        reached = 0
        for number in range(boarded):
            source = listed[1, number]
            is_listed[source, 1] = False
            ready = bounds[source, READY] + buffer
            for way in range(way_first[source], way_first[source + 1]):
                if way_metres[way] > budget:
                    break
                if reduce(bounds, REACHED, way_target[way], ready + way_seconds[way], rides):
                    reached = list_stop(way_target[way], reached, listed[0], is_listed, 0)
    return bounds


@inlined
def in_time(bounds: I32, column: int, stop: int, time: int, rides: int, best: I32) -> bool:
    """Whether a label can be part of a better journey. `column`: `REACHED` or `READY`; `rides`: so
    far; `best`: that of the labels."""
    total, arrival = rides, time
    if len(bounds) > 0:
        total, arrival = rides + bounds[stop, column + 1], time + bounds[stop, column]
    result: bool = total < len(best) and arrival < best[total]
    return result


@inlined
def reduce(bounds: I32, column: int, stop: int, seconds: int, rides: int) -> bool:
    """Record a lesser time and number of rides. Returns whether the time is less."""
    is_less: bool = seconds < bounds[stop, column]
    if is_less:
        bounds[stop, column] = seconds
        bounds[stop, column + 1] = min(rides, bounds[stop, column + 1])
    return is_less


@inlined
def list_stop(stop: int, size: int, listed: I32, is_listed: Bool, column: int) -> int:
    """Add a stop to a list of `size` stops, once. Returns how many they are."""
    if not is_listed[stop, column]:
        is_listed[stop, column] = True
        listed[size] = stop
        size += 1
    return size


@borrowing
def queue_lanes(view: View, stops: I32, is_listed: Bool, steps: I32, queue: I32) -> int:
    """The lanes that people alight from at these stops, each with the last such step in the order
    of the search. Returns how many."""
    at_first, at_lane, at_position = view.at_first, view.at_lane, view.at_position
    stop_first, leave, is_open, sign = view.stop_first, view.leave, view.open, view.sign
    queued = 0
    for number in range(len(stops)):
        stop = stops[number]
        is_listed[stop, 0] = False
        for row in range(at_first[stop], at_first[stop + 1]):
            lane, position = at_lane[row], at_position[row]
            if not is_open[lane] or not leave[stop_first[lane] + position]:
                continue
            step = position
            if sign < 0:
                step = stop_first[lane + 1] - stop_first[lane] - 1 - position
            if steps[lane, 0] == NO_LANE:
                queue[queued] = lane
                queued += 1
                steps[lane, 1] = step
            steps[lane, 0], steps[lane, 1] = max(step, steps[lane, 0]), min(step, steps[lane, 1])
    return queued


@borrowing
def ride_back(
    view: View,
    lane: int,
    steps: I32,
    ridden: I32,
    bounds: I32,
    rides: int,
    listed: I32,
    is_listed: Bool,
    boarded: int,
) -> int:
    """Ride a lane back from its step. Adds the stops with a lesser time from a departure to
    `listed`; returns how many it has."""
    sign, base = view.sign, view.stop_first[lane]
    last = view.stop_first[lane + 1] - 1
    stops, enter, leave = view.stop, view.enter, view.leave
    least_ride, least_stop = view.least_ride, view.least_stop
    aboard = FAR
    for step in range(steps[lane, 0], -1, -1):
        entry = base + step if sign > 0 else last - step
        stop = stops[entry]
        if enter[entry] and reduce(bounds, READY, stop, aboard, rides):
            boarded = list_stop(stop, boarded, listed, is_listed, 1)
        if step < steps[lane, 1] and aboard >= ridden[entry]:
            break
        ridden[entry] = min(aboard, ridden[entry])
        aboard = min(aboard + least_stop[entry], FAR)
        if leave[entry]:
            aboard = min(bounds[stop, REACHED], aboard)
        if step > 0:
            aboard = min(aboard + least_ride[entry - 1 if sign > 0 else entry], FAR)
    steps[lane, 0] = NO_LANE
    return boarded
