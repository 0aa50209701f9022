"""Lanes: runs of one pattern none of which overtakes another.

In a lane the runs stand in first-in-first-out order at every stop. The first run that can be
boarded is therefore the best one. A run that overtakes gets another lane. Runs stand in *slots*: a
slot names the first of the run's calls and the origin of its times, so that the times themselves
stay where the timetable has them.

The field's reason: https://doi.org/10.1137/1.9781611972924.13 (RAPTOR, section 3.1).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mobilite.journeys.domain.compiled import borrowing, compiled
from mobilite.timetable.domain.timetable import I32, Bool


class Lanes(NamedTuple):
    """The lanes of one day as flat arrays. Times are seconds since the origin of the day."""

    first: I32
    """[lanes]: the first slot of each lane."""
    size: I32
    """[lanes]: the number of its runs."""
    stop_first: I32
    """[lanes + 1]: CSR → the entries of the three arrays below, by position."""
    stop: I32
    """→ points of the network, of which the first are its stops."""
    boardable: Bool
    alightable: Bool
    since_start: I32
    """By entry of `stop`: the time from the first departure, of a run in the middle of the lane."""
    slot_call: I32
    """[slots]: the run's first call in `arrival` and `departure`; ~i if it is i in the live
    arrays."""
    slot_zero: I32
    """[slots]: the seconds to add to the times of the calls; 0 for live ones."""
    slot_start: I32
    """[slots]: when the run leaves its first stop, ascending in a lane; by the schedule, even where
    real time changes that. With `since_start` a guess at what can be boarded."""
    slot_run: I32
    """[slots] → runs of the day. Two neighbours with the same run are one run."""
    arrival: I32
    """[calls of the network]; so are the departures."""
    departure: I32
    least_ride: I32
    """By entry of `stop`: the least time to the next call; that of the last is `leg_times.FAR`."""
    least_stop: I32
    """By entry of `stop`: the least time between arrival and departure."""
    live_arrival: I32
    """[calls of changed runs]; so are the departures."""
    live_departure: I32
    at_first: I32
    """[stops + 1]: CSR → the lanes that call at each stop."""
    at_lane: I32
    at_position: I32
    """The position of that call in the lane."""


@compiled
def assign_lanes(
    group: I32, call: I32, zero: I32, length: I32, arrival: I32, departure: I32
) -> I32:
    """[runs]: the lane of each run, counted from 0 over all groups.

    The runs are sorted by `group` (those of one pattern), then by first departure. `call`: the
    first call of each; `length`: how many it has; `zero`: seconds to add to their times. Each
    run takes the first lane of its group whose last run it follows at every stop.
    """
    lane = np.empty(len(group), np.int32)
    last = np.empty(len(group) + 1, np.int32)
    lanes = first_lane = 0
    for run in range(len(group)):
        if run == 0 or group[run] != group[run - 1]:
            first_lane = lanes
        chosen = first_lane
        while chosen < lanes and not follows(
            call[run], zero[run], call[last[chosen]], zero[last[chosen]],
            length[run], arrival, departure,
        ):  # fmt: skip
            chosen += 1
        lanes = max(lanes, chosen + 1)
        last[chosen] = run
        lane[run] = chosen
    return lane


@borrowing
def follows(
    call: int,
    zero: int,
    other: int,
    other_zero: int,
    length: int,
    arrival: I32,
    departure: I32,
) -> bool:
    """Whether a run is nowhere before another of the same stops. `call`, `other`: their first
    calls."""
    shift = zero - other_zero
    for position in range(length):
        if departure[call + position] + shift < departure[other + position]:
            return False
        if arrival[call + position] + shift < arrival[other + position]:
            return False
    return True


@compiled
def index_by_stop(stop_first: I32, stop: I32, stops: int) -> tuple[I32, I32, I32]:
    """`at_first`, `at_lane` and `at_position` of lanes with these stops."""
    at_first = np.zeros(stops + 1, np.int32)
    for entry in range(len(stop)):
        at_first[stop[entry] + 1] += 1
    for row in range(stops):
        at_first[row + 1] += at_first[row]
    filled = at_first.copy()
    at_lane, at_position = np.empty(len(stop), np.int32), np.empty(len(stop), np.int32)
    for lane in range(len(stop_first) - 1):
        for entry in range(stop_first[lane], stop_first[lane + 1]):
            place = filled[stop[entry]]
            at_lane[place], at_position[place] = lane, entry - stop_first[lane]
            filled[stop[entry]] += 1
    return at_first, at_lane, at_position


def expanded(first: NDArray[np.int32], length: NDArray[np.int32]) -> NDArray[np.int64]:
    """The indexes of ranges one after the other: `first[i]`, `first[i] + 1`… of each length."""
    ends = np.cumsum(length, dtype=np.int64)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) + np.repeat(first - ends + length, length)


def since_start(departure: I32, call: I32, length: I32) -> I32:
    """The times of runs since their first departures, one run after the other. `call`: the first
    call of each; `length`: how many it has."""
    times: I32 = departure[expanded(call, length)] - np.repeat(departure[call], length)
    return times
