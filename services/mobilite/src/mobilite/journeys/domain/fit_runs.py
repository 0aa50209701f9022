"""Puts changed runs into their slots, where they still stand in order."""

import numpy as np

from mobilite.journeys.domain.compiled import borrowing, compiled
from mobilite.journeys.domain.lanes import Lanes
from mobilite.journeys.domain.view import time_of
from mobilite.timetable.domain.timetable import I32, Bool


@compiled
def fit_runs(lanes: Lanes, lane: I32, slot: I32, call: I32) -> tuple[I32, I32, I32, I32, Bool]:
    """The new `size`, `slot_call`, `slot_zero` and `slot_run`, and bool[runs]: which runs stay.

    One row for each changed run, ascending by slot: its lane, its slot, and its first call in the
    live arrays (-1 if it leaves its slot). A run that overtakes or is overtaken leaves too.
    """
    size, slot_run = lanes.size.copy(), lanes.slot_run.copy()
    slot_call, slot_zero = lanes.slot_call.copy(), lanes.slot_zero.copy()
    is_changed = np.zeros(len(slot_call), np.bool_)
    is_empty = np.zeros(len(slot_call), np.bool_)
    stays = np.zeros(len(slot), np.bool_)
    for row in range(len(slot)):
        is_changed[slot[row]] = True
    for row in range(len(slot)):
        here, begin = slot[row], lanes.first[lane[row]]
        end = begin + lanes.size[lane[row]]
        if call[row] >= 0:
            slot_call[here], slot_zero[here] = ~call[row], 0
            before, after = here - 1, here + 1
            while before >= begin and is_empty[before]:
                before -= 1
            # Between changed runs the later one is compared with the earlier one.
            while after < end and is_changed[after]:
                after += 1
            length = lanes.stop_first[lane[row] + 1] - lanes.stop_first[lane[row]]
            stays[row] = (
                before < begin or in_order(lanes, slot_call, slot_zero, before, here, length)
            ) and (after >= end or in_order(lanes, slot_call, slot_zero, here, after, length))
        is_empty[here] = not stays[row]
    for row in range(len(slot) - 1, -1, -1):
        here = slot[row]
        if stays[row]:
            continue
        if here == lanes.first[lane[row]] + size[lane[row]] - 1:
            size[lane[row]] -= 1
        else:
            slot_call[here], slot_zero[here] = slot_call[here + 1], slot_zero[here + 1]
            slot_run[here] = slot_run[here + 1]
    return size, slot_call, slot_zero, slot_run, stays


@borrowing
def in_order(
    lanes: Lanes, slot_call: I32, slot_zero: I32, first: int, second: int, length: int
) -> bool:
    """Whether the run of one slot is nowhere after that of another."""
    departure, live_departure = lanes.departure, lanes.live_departure
    arrival, live_arrival = lanes.arrival, lanes.live_arrival
    call, zero, later, later_zero = (
        slot_call[first], slot_zero[first], slot_call[second], slot_zero[second],
    )  # fmt: skip
    for position in range(length):
        one = time_of(departure, live_departure, call, zero, position)
        if one > time_of(departure, live_departure, later, later_zero, position):
            return False
        one = time_of(arrival, live_arrival, call, zero, position)
        if one > time_of(arrival, live_arrival, later, later_zero, position):
            return False
    return True
