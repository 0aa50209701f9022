"""A day network as a search sees it: forwards in time, or backwards.

A search for an arrival is a search for a departure in the mirrored day: times negated, positions
and runs counted from the end, boarding and alighting exchanged, ways on foot reversed. A `View` is
the day seen so; nothing is copied. `sign` is 1 forwards, -1 backwards; a *clock* time is a time of
the lanes times `sign`, so that earlier is better in both.
"""

from typing import NamedTuple

from mobilite.journeys.domain.compiled import inlined
from mobilite.journeys.domain.footpaths import Footpaths
from mobilite.journeys.domain.lanes import Lanes
from mobilite.timetable.domain.timetable import I32, Bool


class View(NamedTuple):
    """The arrays of `Lanes` and `Footpaths`, exchanged where the search goes backwards."""

    sign: int
    first: I32
    size: I32
    stop_first: I32
    stop: I32
    enter: Bool
    """Boarding forwards, alighting backwards."""
    leave: Bool
    """Alighting forwards, boarding backwards."""
    slot_call: I32
    slot_zero: I32
    slot_start: I32
    since_start: I32
    enter_time: I32
    """Departures forwards, arrivals backwards; so is the live array."""
    live_enter_time: I32
    leave_time: I32
    live_leave_time: I32
    least_ride: I32
    """By entry of `stop`: the least time from the call to the next one by position."""
    least_stop: I32
    at_first: I32
    at_lane: I32
    at_position: I32
    open: Bool
    """[lanes]: which lanes the search may use."""
    way_first: I32
    way_target: I32
    way_seconds: I32
    way_metres: I32


def view_of(lanes: Lanes, footpaths: Footpaths, open_lanes: Bool, *, backwards: bool) -> View:
    """The view of a day. `footpaths`: reversed ones if the search goes backwards."""
    departures = lanes.boardable, lanes.departure, lanes.live_departure
    arrivals = lanes.alightable, lanes.arrival, lanes.live_arrival
    enter, leave = (arrivals, departures) if backwards else (departures, arrivals)
    return View(
        sign=-1 if backwards else 1,
        first=lanes.first,
        size=lanes.size,
        stop_first=lanes.stop_first,
        stop=lanes.stop,
        enter=enter[0],
        leave=leave[0],
        slot_call=lanes.slot_call,
        slot_zero=lanes.slot_zero,
        slot_start=lanes.slot_start,
        since_start=lanes.since_start,
        enter_time=enter[1],
        live_enter_time=enter[2],
        leave_time=leave[1],
        live_leave_time=leave[2],
        least_ride=lanes.least_ride,
        least_stop=lanes.least_stop,
        at_first=lanes.at_first,
        at_lane=lanes.at_lane,
        at_position=lanes.at_position,
        open=open_lanes,
        way_first=footpaths.first,
        way_target=footpaths.target,
        way_seconds=footpaths.seconds,
        way_metres=footpaths.metres,
    )


@inlined
def time_of(times: I32, live: I32, call: int, zero: int, position: int) -> int:
    """A time of a run at a position. `call`, `zero`: of its slot."""
    time: int = times[call + position] + zero if call >= 0 else live[~call + position]
    return time


@inlined
def first_slot(first: I32, size: I32, lane: int, sign: int) -> int:
    """The first slot of a lane in the order of the search."""
    slot: int = first[lane] if sign > 0 else first[lane] + size[lane] - 1
    return slot


@inlined
def first_run(
    times: I32,
    live: I32,
    slot_call: I32,
    slot_zero: I32,
    begin: int,
    low: int,
    high: int,
    position: int,
    ready: int,
    sign: int,
) -> int:
    """The first run of a lane that leaves at the clock time `ready` or after it.

    `begin`: the lane's first slot in the order of the search. `low`, `high`: runs counted from it;
    those before `low` leave earlier, and `high` is the result if those before it do.
    """
    while low < high:
        middle = (low + high) >> 1
        slot = begin + sign * middle
        time = time_of(times, live, slot_call[slot], slot_zero[slot], position)
        if sign * time < ready:
            low = middle + 1
        else:
            high = middle
    return low
