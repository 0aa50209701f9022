"""The least times between and at the calls of each lane, over all its runs.

They bound what a ride takes, whatever the run (`raptor/bounds.py`).
"""

from typing import Final

import numpy as np

from mobilite.journeys.domain.compiled import borrowing, compiled
from mobilite.journeys.domain.lanes import Lanes
from mobilite.journeys.domain.view import time_of
from mobilite.timetable.domain.timetable import I32

FAR: Final = 1 << 28
"""Seconds of what is not reached: twice as many are still a number of 32 bits."""


def with_leg_times(lanes: Lanes, lane: I32, slot: I32) -> Lanes:
    """The lanes with the times of these slots in `least_ride` and `least_stop`. `lane`: that of
    each slot. Lanes after those that the two already have are added to them."""
    more = np.full(len(lanes.stop) - len(lanes.least_ride), FAR, np.int32)
    ride = np.concatenate([lanes.least_ride, more])
    stop = np.concatenate([lanes.least_stop, more])
    add_leg_times(lanes, lane, slot, ride, stop)
    return lanes._replace(least_ride=ride, least_stop=stop)


@compiled
def add_leg_times(lanes: Lanes, lane: I32, slot: I32, ride: I32, stop: I32) -> None:
    """Reduce `ride` and `stop` to the times of these slots where they are less."""
    for row in range(len(slot)):
        base, end = lanes.stop_first[lane[row]], lanes.stop_first[lane[row] + 1]
        add_run(
            lanes, lanes.slot_call[slot[row]], lanes.slot_zero[slot[row]], base, end, ride, stop
        )


@borrowing
def add_run(lanes: Lanes, call: int, zero: int, base: int, end: int, ride: I32, stop: I32) -> None:
    """The same for one run. `call`, `zero`: of its slot; `base`, `end`: the entries of its lane."""
    arrival, live_arrival = lanes.arrival, lanes.live_arrival
    departure, live_departure = lanes.departure, lanes.live_departure
    before = time_of(arrival, live_arrival, call, zero, 0)
    for position in range(end - base):
        arrives = time_of(arrival, live_arrival, call, zero, position)
        leaves = time_of(departure, live_departure, call, zero, position)
        if position > 0:
            ride[base + position - 1] = min(arrives - before, ride[base + position - 1])
        stop[base + position] = min(leaves - arrives, stop[base + position])
        before = leaves
