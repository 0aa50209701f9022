"""The least time from each stop to the destination, whatever the timetable.

A search backwards from the destination in which each ride takes the least time of its lane
(`leg_times.py`) and nobody waits. A label that could not reach the destination in time even so is
left out of the search: it finds the same journeys, with less work. Rides are counted too: with so
many more, the destination has to be reached earlier than with fewer.
"""

from typing import Final

import numpy as np

from mobilite.journeys.domain.compiled import borrowing, compiled
from mobilite.journeys.domain.leg_times import FAR
from mobilite.journeys.domain.view import View
from mobilite.timetable.domain.timetable import I32, Bool

REACHED, REACHED_RIDES, READY, READY_RIDES = range(4)
"""The columns of bounds: the seconds and the rides from the end of a ride at the stop, and from a
departure there."""
NO_LANE: Final = -1


@compiled
def least_times(
    view: View,
    way_first: I32,
    way_target: I32,
    way_seconds: I32,
    way_metres: I32,
    egress: I32,
    budget: int,
    buffer: int,
    most: int,
) -> I32:
    """[stops, 4]: the bounds. The ways: those of `view` by their target; the others: the parameters
    of a search."""
    stops, lanes = len(egress), len(view.first)
    bounds = np.full((stops, 4), FAR, np.int32)
    is_listed, listed = np.zeros((stops, 2), np.bool_), np.empty((2, stops), np.int32)
    step_of, queue = np.full(lanes, NO_LANE, np.int32), np.empty(lanes, np.int32)
    reached = 0
    for stop in range(stops):
        if egress[stop] >= 0:
            bounds[stop, REACHED], bounds[stop, REACHED_RIDES] = egress[stop], 0
            listed[0, reached] = stop
            is_listed[stop, 0] = True
            reached += 1
    rides = 0
    while reached and rides < most:
        rides += 1
        queued = queue_lanes(view, listed[0, :reached], is_listed, step_of, queue)
        boarded = 0
        for number in range(queued):
            boarded = ride_back(
                view, queue[number], step_of, bounds, rides, listed[1], is_listed, boarded
            )
        reached = 0
        for number in range(boarded):
            source = listed[1, number]
            is_listed[source, 1] = False
            for way in range(way_first[source], way_first[source + 1]):
                if way_metres[way] > budget:
                    break
                stop = way_target[way]
                seconds = bounds[source, READY] + way_seconds[way] + buffer
                if seconds >= bounds[stop, REACHED]:
                    continue
                bounds[stop, REACHED] = seconds
                bounds[stop, REACHED_RIDES] = min(rides, bounds[stop, REACHED_RIDES])
                if not is_listed[stop, 0]:
                    is_listed[stop, 0] = True
                    listed[0, reached] = stop
                    reached += 1
    return bounds


@borrowing
def queue_lanes(view: View, stops: I32, is_listed: Bool, step_of: I32, queue: I32) -> int:
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
            if step_of[lane] == NO_LANE:
                queue[queued] = lane
                queued += 1
            step_of[lane] = max(step, step_of[lane])
    return queued


@borrowing
def ride_back(
    view: View,
    lane: int,
    step_of: I32,
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
    for step in range(step_of[lane], -1, -1):
        entry = base + step if sign > 0 else last - step
        stop = stops[entry]
        if enter[entry] and aboard < bounds[stop, READY]:
            bounds[stop, READY] = aboard
            bounds[stop, READY_RIDES] = min(rides, bounds[stop, READY_RIDES])
            if not is_listed[stop, 1]:
                is_listed[stop, 1] = True
                listed[boarded] = stop
                boarded += 1
        aboard = min(aboard + least_stop[entry], FAR)
        if leave[entry]:
            aboard = min(bounds[stop, REACHED], aboard)
        if step > 0:
            aboard = min(aboard + least_ride[entry - 1 if sign > 0 else entry], FAR)
    step_of[lane] = NO_LANE
    return boarded
