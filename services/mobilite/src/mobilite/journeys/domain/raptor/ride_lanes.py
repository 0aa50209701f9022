"""The inner loop of the search: lanes are ridden from a position on.

It is written for the machine. Arrays become local names first, as to fetch one from a named tuple
costs more than to read it, and what is called inside the loop is compiled into it.
"""

from mobilite.journeys.domain.compiled import borrowing, inlined
from mobilite.journeys.domain.raptor.bounds import REACHED, in_time
from mobilite.journeys.domain.raptor.labels import ENTER, LANE, LEAVE, NEVER, SLOT, Labels
from mobilite.journeys.domain.view import View, first_run, first_slot, time_of
from mobilite.timetable.domain.timetable import I32, Bool


@borrowing
def ride_lanes(view: View, labels: Labels, rides: int, queued: int, exact: bool) -> int:
    """Ride the first `queued` lanes, each time in the earliest run that can be boarded. Returns how
    many stops of `labels.stops` got better. `exact`: boarding is at `ready` or not at all."""
    sign, most, reached, last = view.sign, len(labels.best) - 1, 0, rides - 1
    lanes, lane_from, lane_until = labels.lanes, labels.lane_from, labels.lane_until
    times, parents = labels.times, labels.ride
    best, best_stop, egress, bounds = labels.best, labels.best_stop, labels.egress, labels.bounds
    listed, is_listed, stops = labels.stops, labels.is_listed, view.stop
    first, size, stop_first = view.first, view.size, view.stop_first
    enter, leave, calls, zeros = view.enter, view.leave, view.slot_call, view.slot_zero
    enter_time, live_enter = view.enter_time, view.live_enter_time
    leave_time, live_leave = view.leave_time, view.live_leave_time
    for number in range(queued):
        lane = lanes[number]
        base, runs, start, until = stop_first[lane], size[lane], lane_from[lane], lane_until[lane]
        end, begin = stop_first[lane + 1] - base, first_slot(first, size, lane, sign)
        # The run aboard as a number in the lane; `runs` is none.
        aboard, boarded, lane_from[lane], lane_until[lane] = runs, 0, NEVER, -1
        for step in range(start, end):
            position = step if sign > 0 else end - 1 - step
            stop, slot = stops[base + position], begin + sign * aboard
            if aboard < runs and leave[base + position]:
                time = sign * time_of(leave_time, live_leave, calls[slot], zeros[slot], position)
                if time < times[stop, last] and in_time(bounds, REACHED, stop, time, rides, best):
                    parents[stop, last, SLOT], parents[stop, last, LANE] = slot, lane
                    parents[stop, last, ENTER], parents[stop, last, LEAVE] = boarded, step
                    reach(rides, stop, time, times, best, best_stop, egress)
                    reached = list_stop(stop, reached, listed, is_listed)
                elif step > until and time >= best[rides]:
                    break
            ready = times[stop, most + last]
            if step > until or ready == NEVER or not enter[base + position]:
                continue
            earliest = earlier_run(
                enter_time, live_enter, calls, zeros,
                begin, runs, position, ready, sign, aboard, exact,
            )  # fmt: skip
            if earliest < aboard:
                aboard, boarded = earliest, step
    return reached


@inlined
def earlier_run(
    times: I32,
    live: I32,
    slot_call: I32,
    slot_zero: I32,
    begin: int,
    runs: int,
    position: int,
    ready: int,
    sign: int,
    aboard: int,
    exact: bool,
) -> int:
    """The first run that leaves at `ready` or after it, if it is before the one aboard; else that.
    The parameters: those of `first_run`."""
    slot, found = begin + sign * aboard, aboard
    if aboard == runs or (
        sign * time_of(times, live, slot_call[slot], slot_zero[slot], position) >= ready
    ):
        slot -= sign
        if aboard > 0 and (
            sign * time_of(times, live, slot_call[slot], slot_zero[slot], position) >= ready
        ):
            found = first_run(
                times, live, slot_call, slot_zero, begin, aboard - 1, position, ready, sign
            )
            slot = begin + sign * found
            if exact and (
                sign * time_of(times, live, slot_call[slot], slot_zero[slot], position) > ready
            ):
                found = aboard
    return found


@inlined
def reach(
    rides: int, stop: int, time: int, times: I32, best: I32, best_stop: I32, egress: I32
) -> None:
    """Record a better end of a ride, and of a journey if the destination is near."""
    for more in range(rides - 1, len(best) - 1):
        times[stop, more] = min(time, times[stop, more])
    if egress[stop] >= 0 and time + egress[stop] < best[rides]:
        best_stop[rides] = stop
        for more in range(rides, len(best)):
            best[more] = min(time + egress[stop], best[more])


@inlined
def list_stop(stop: int, reached: int, listed: I32, is_listed: Bool) -> int:
    """Add a stop to those that got better. Returns how many they are."""
    if not is_listed[stop, 0]:
        is_listed[stop, 0] = True
        listed[reached] = stop
        reached += 1
    return reached
