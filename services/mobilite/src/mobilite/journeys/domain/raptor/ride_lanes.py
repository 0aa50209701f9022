"""The inner loop of the search: lanes are ridden from a position on.

It is written for the machine: what is called inside the loop is compiled into it.
"""

from mobilite.journeys.domain.compiled import borrowing, inlined
from mobilite.journeys.domain.raptor.bounds import REACHED, in_time, list_stop
from mobilite.journeys.domain.raptor.labels import (
    ENTER,
    FROM,
    LANE,
    LEAVE,
    NEVER,
    RUN,
    SLOT,
    Labels,
    column_of,
)
from mobilite.journeys.domain.view import View, first_run, first_slot, time_of
from mobilite.timetable.domain.timetable import I32


@borrowing
def ride_lanes(view: View, labels: Labels, rides: int, queued: int, exact: bool) -> int:
    """Ride the first `queued` lanes, each time in the earliest run that can be boarded. Returns how
    many stops of `labels.stops` got better. `exact`: boarding is at `ready` or not at all."""
    reached = 0
    for number in range(queued):
        reached = ride_lane(view, labels, labels.lanes[number], rides, reached, exact)
    return reached


@inlined
def ride_lane(view: View, labels: Labels, lane: int, rides: int, reached: int, exact: bool) -> int:
    """The same for one lane."""
    sign, stops, enter, leave = view.sign, view.stop, view.enter, view.leave
    calls, zeros = view.slot_call, view.slot_zero
    base, runs = view.stop_first[lane], view.size[lane]
    leave_time, live_leave = view.leave_time, view.live_leave_time
    times, best, bounds, ridden = labels.times, labels.best, labels.bounds, labels.ridden
    columns, column = ridden.shape[1], column_of(rides, ridden.shape[1])
    end, begin = view.stop_first[lane + 1] - base, first_slot(view.first, view.size, lane, sign)
    start, until = labels.lane_from[lane], labels.lane_until[lane]
    labels.lane_from[lane], labels.lane_until[lane] = NEVER, -1
    known, known_from = ridden[lane, column, RUN], ridden[lane, column, FROM]
    # The run aboard as a number in the lane; `runs` is none.
    aboard, boarded, is_known = runs, 0, False
    for step in range(start, end):
        entry = base + step if sign > 0 else base + end - 1 - step
        stop = stops[entry]
        if aboard < runs and not is_known and leave[entry]:
            slot = begin + sign * aboard
            time = sign * time_of(leave_time, live_leave, calls[slot], zeros[slot], entry - base)
            if time < times[stop, column] and in_time(bounds, REACHED, stop, time, rides, best):
                reached = reach(labels, stop, time, rides, (slot, lane, boarded, step), reached)
            elif step > until and time >= best[rides]:
                break
        if step >= known_from and known <= aboard:
            aboard, is_known = known, True
        if step > until and is_known:
            break
        # Where it cannot be boarded earlier than in the round before, no better run is found.
        if step <= until and labels.is_listed[stop, 1] and enter[entry]:
            ready = times[stop, columns + column]
            earliest = earlier_run(view, begin, runs, entry - base, ready, aboard, known, exact)
            if earliest < aboard:
                aboard, boarded, is_known = earliest, step, False
    if aboard < runs and not is_known:
        note_ride(ridden, lane, column, aboard, boarded)
    return reached


@inlined
def note_ride(ridden: I32, lane: int, column: int, run: int, boarded: int) -> None:
    """Record that a run was ridden from a position to its end."""
    for more in range(column, ridden.shape[1]):
        known, known_from = ridden[lane, more, RUN], ridden[lane, more, FROM]
        if run < known or (run == known and boarded < known_from):
            ridden[lane, more, RUN], ridden[lane, more, FROM] = run, boarded


@inlined
def earlier_run(
    view: View,
    begin: int,
    runs: int,
    position: int,
    ready: int,
    aboard: int,
    known: int,
    exact: bool,
) -> int:
    """The first run that leaves at `ready` or after it, if it is before the one aboard; else that.
    `known`: a run to look near if none is aboard; `NEVER` for none. The others: those of
    `first_run`."""
    times, live, sign = view.enter_time, view.live_enter_time, view.sign
    calls, zeros = view.slot_call, view.slot_zero
    found, low, width = aboard, aboard - 1, 1
    if aboard == runs:
        low = known if known < runs else -1
    while low >= 0:
        slot = begin + sign * low
        if sign * time_of(times, live, calls[slot], zeros[slot], position) < ready:
            break
        found, low, width = low, low - width, 2 * width
    if low >= 0 and found == runs:
        # The known one leaves before.
        while low + width < runs:
            slot = begin + sign * (low + width)
            if sign * time_of(times, live, calls[slot], zeros[slot], position) >= ready:
                break
            low, width = low + width, 2 * width
        found = min(low + width, runs)
    low = max(low, -1) + 1
    found = first_run(times, live, calls, zeros, begin, low, found, position, ready, sign)
    if exact and found < aboard:
        slot = begin + sign * found
        if sign * time_of(times, live, calls[slot], zeros[slot], position) > ready:
            found = aboard
    return found


@inlined
def reach(
    labels: Labels, stop: int, time: int, rides: int, ride: tuple[int, int, int, int], reached: int
) -> int:
    """Record a better end of a ride, and of a journey if the destination is near. `ride`: the
    columns SLOT to LEAVE. Returns how many stops got better in this round."""
    times, best, egress = labels.times, labels.best, labels.egress
    parents, columns = labels.ride, times.shape[1] >> 1
    parents[rides - 1, stop, SLOT], parents[rides - 1, stop, LANE] = ride[0], ride[1]
    parents[rides - 1, stop, ENTER], parents[rides - 1, stop, LEAVE] = ride[2], ride[3]
    for column in range(column_of(rides, columns), columns):
        times[stop, column] = min(time, times[stop, column])
    if egress[stop] >= 0 and time + egress[stop] < best[rides]:
        labels.best_stop[rides] = stop
        for more in range(rides, len(best)):
            best[more] = min(time + egress[stop], best[more])
    return list_stop(stop, reached, labels.stops, labels.is_listed, 0)
