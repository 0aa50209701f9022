"""Range RAPTOR: every best journey of a set of departures, in compiled code.

Departures are taken from the latest to the earliest, and labels stay between them: a journey that
leaves earlier is found only if it arrives earlier, or with fewer rides, than all that leave later.
A label from which the destination is not reached better in the least time (`bounds.py`) is none.
Within a departure, round k scans the lanes of the stops that round k - 1 improved. A single
departure with all lanes of its stops is the earliest arrival.

D. Delling, T. Pajor, R. F. Werneck: Round-Based Public Transit Routing, 2012,
https://doi.org/10.1137/1.9781611972924.13
"""

import numpy as np
from numpy.typing import NDArray

from mobilite.journeys.domain.compiled import borrowing, compiled, inlined
from mobilite.journeys.domain.raptor.bounds import READY, in_time, list_stop
from mobilite.journeys.domain.raptor.labels import (
    BEFORE,
    ENTER,
    FIELDS,
    LANE,
    NEVER,
    WAY,
    Labels,
    clear,
    column_of,
)
from mobilite.journeys.domain.raptor.ride_lanes import ride_lanes
from mobilite.journeys.domain.view import View
from mobilite.timetable.domain.timetable import I32


@compiled
def search(
    view: View,
    labels: Labels,
    departures: I32,
    entries: NDArray[np.int64],
    ready: I32,
    budget: int,
    buffer: int,
    exact: bool,
) -> tuple[I32, I32]:
    """The journeys found, and the rides of each: `labels.Found` and int32[journeys].

    `departures`: clock times of leaving the origin, descending. `entries`: for each the lane and
    the position (`lane << 32 | position`) that it can board, with `ready`, the clock time there.
    `budget`: metres of a way on foot between two rides. `buffer`: seconds added to each change.
    `exact`: whether the first ride leaves at `ready`, or at any time after it.
    """
    clear(labels)
    found = np.empty((16, len(labels.best) - 1, FIELDS), np.int32)
    sizes = np.empty(16, np.int32)
    journeys = event = 0
    while event < len(departures):
        until = event
        while until < len(departures) and departures[until] == departures[event]:
            until += 1
        queued = enter_lanes(view, labels, entries[event:until], ready[event:until])
        last = ride_rounds(view, labels, queued, budget, buffer, exact)
        event = until
        for size in range(1, last + 1):
            if labels.best_stop[size] < 0:
                continue
            if journeys == len(sizes):
                found, sizes = np.concatenate((found, found)), np.concatenate((sizes, sizes))
            trace(view, labels, size, found[journeys])
            sizes[journeys] = size
            journeys += 1
            labels.best_stop[size] = -1
    return found[:journeys], sizes[:journeys]


@borrowing
def enter_lanes(view: View, labels: Labels, entries: NDArray[np.int64], ready: I32) -> int:
    """Board lanes from the origin. Returns how many lanes the first round scans."""
    queued, columns = 0, labels.times.shape[1] >> 1
    for event in range(len(entries)):
        lane, step = entries[event] >> 32, entries[event] & 0xFFFFFFFF
        stop = stop_at(view, lane, step)
        if not in_time(labels.bounds, READY, stop, ready[event], 0, labels.best):
            continue
        # Only for the first ride: what leaves after the last departure is none of the journeys.
        labels.times[stop, columns] = ready[event]
        entry = entry_of(view, lane, step)
        if ready[event] <= labels.ridden[entry, 0, BEFORE]:
            labels.boarding[entry] = ready[event]
            queued = list_lane(labels, lane, step, queued)
    return queued


@inlined
def list_lane(labels: Labels, lane: int, step: int, queued: int) -> int:
    """Have the next round board a lane at a position in the order of the search. Returns how many
    lanes it scans."""
    if labels.lane_from[lane] == NEVER:
        labels.lanes[queued] = lane
        queued += 1
    labels.lane_from[lane] = min(step, labels.lane_from[lane])
    labels.lane_until[lane] = max(step, labels.lane_until[lane])
    return queued


@inlined
def entry_of(view: View, lane: int, step: int) -> int:
    """The entry of a lane at a position in the order of the search."""
    forwards, backwards = view.stop_first[lane] + step, view.stop_first[lane + 1] - 1 - step
    entry: int = forwards if view.sign > 0 else backwards
    return entry


@borrowing
def stop_at(view: View, lane: int, position: int) -> int:
    """The stop of a lane at a position in the order of the search."""
    stop: int = view.stop[entry_of(view, lane, position)]
    return stop


@borrowing
def ride_rounds(
    view: View, labels: Labels, queued: int, budget: int, buffer: int, exact: bool
) -> int:
    """The rounds of one departure. `queued`: lanes of the first. Returns the number of rounds."""
    last = 0
    while queued and last < len(labels.best) - 1:
        last += 1
        reached = ride_lanes(view, labels, last, queued, exact and last == 1)
        if last == len(labels.best) - 1:
            forget(labels, reached)
            break
        targets = change(view, labels, last, reached, budget, buffer)
        queued = enqueue(view, labels, last + 1, targets)
    return last


@borrowing
def forget(labels: Labels, reached: int) -> None:
    """Empty the list of stops after the last round."""
    for number in range(reached):
        labels.is_listed[labels.stops[number], 0] = False


@borrowing
def change(view: View, labels: Labels, rides: int, reached: int, budget: int, buffer: int) -> int:
    """Change at the stops reached better, on foot or there. Returns how many stops of
    `labels.targets` can be boarded earlier."""
    way_first, way_target = view.way_first, view.way_target
    way_seconds, way_metres = view.way_seconds, view.way_metres
    times, parents, is_listed = labels.times, labels.way, labels.is_listed
    stops, targets, columns = labels.stops, labels.targets, times.shape[1] >> 1
    before, after = column_of(rides, columns), columns + column_of(rides + 1, columns)
    best, bounds, found = labels.best, labels.bounds, 0
    for number in range(reached):
        stop = stops[number]
        is_listed[stop, 0] = False
        time = times[stop, before] + buffer
        for way in range(way_first[stop], way_first[stop + 1]):
            if way_metres[way] > budget:
                break
            target, ready = way_target[way], time + way_seconds[way]
            if ready >= times[target, after]:
                continue
            if not in_time(bounds, READY, target, ready, rides, best):
                continue
            for more in range(after, 2 * columns):
                times[target, more] = min(ready, times[target, more])
            parents[rides, target, 0], parents[rides, target, 1] = stop, way
            found = list_stop(target, found, targets, is_listed, 1)
    return found


@borrowing
def enqueue(view: View, labels: Labels, rides: int, targets: int) -> int:
    """Have the next round board the lanes of these stops, where no run was ridden that those who
    board there find. `rides`: with that of the round. Returns how many lanes it scans."""
    at_first, at_lane, at_position = view.at_first, view.at_lane, view.at_position
    stop_first, enter, is_open, sign = view.stop_first, view.enter, view.open, view.sign
    ridden, boarding, times, queued = labels.ridden, labels.boarding, labels.times, 0
    columns = ridden.shape[1]
    column = column_of(rides, columns)
    for number in range(targets):
        stop = labels.targets[number]
        labels.is_listed[stop, 1] = False
        ready = times[stop, columns + column]
        for row in range(at_first[stop], at_first[stop + 1]):
            lane, step = at_lane[row], at_position[row]
            entry = stop_first[lane] + step
            if ready > ridden[entry, column, BEFORE] or not is_open[lane] or not enter[entry]:
                continue
            if sign < 0:
                step = stop_first[lane + 1] - 1 - entry
            boarding[entry] = ready
            queued = list_lane(labels, lane, step, queued)
    return queued


@compiled
def trace(view: View, labels: Labels, rides: int, rows: I32) -> None:
    """Write the rides of the journey that this departure found with exactly that many."""
    stop = labels.best_stop[rides]
    for ride in range(rides, 0, -1):
        rows[ride - 1, :WAY] = labels.ride[ride - 1, stop]
        rows[ride - 1, WAY] = -1
        if ride > 1:
            target = stop_at(view, rows[ride - 1, LANE], rows[ride - 1, ENTER])
            rows[ride - 1, WAY] = labels.way[ride - 1, target, 1]
            stop = labels.way[ride - 1, target, 0]
