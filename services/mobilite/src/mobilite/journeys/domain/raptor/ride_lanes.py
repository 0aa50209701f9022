"""The inner loop of the search: lanes are ridden from a position on.

It is written for the machine: what is called inside the loop is compiled into it.
"""

from mobilite.journeys.domain.compiled import borrowing, inlined
from mobilite.journeys.domain.raptor.bounds import REACHED, in_time, list_stop
from mobilite.journeys.domain.raptor.labels import (
    BEFORE,
    ENTER,
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
    many stops of `labels.stops` got better. `exact`: boarding is at `boarding` or not at all."""
    reached = 0
    for number in range(queued):
        reached = ride_lane(view, labels, labels.lanes[number], rides, reached, exact)
    return reached


@inlined
def ride_lane(view: View, labels: Labels, lane: int, rides: int, reached: int, exact: bool) -> int:
    """The same for one lane."""
    sign, base, end = view.sign, view.stop_first[lane], view.stop_first[lane + 1]
    begin, runs = first_slot(view.first, view.size, lane, sign), view.size[lane]
    times, best, ridden, boarding = labels.times, labels.best, labels.ridden, labels.boarding
    column = column_of(rides, ridden.shape[1])
    start, until = labels.lane_from[lane], labels.lane_until[lane]
    labels.lane_from[lane], labels.lane_until[lane] = NEVER, -1
    # The run aboard as a number in the lane; `runs` is none. Its slot's call and zero.
    aboard, boarded, call, zero = runs, 0, 0, 0
    for step in range(start, end - base):
        entry = base + step if sign > 0 else end - 1 - step
        if aboard < runs:
            if view.leave[entry]:
                stop = view.stop[entry]
                time = sign * time_of(
                    view.leave_time, view.live_leave_time, call, zero, entry - base
                )
                if time < times[stop, column] and in_time(
                    labels.bounds, REACHED, stop, time, rides, best
                ):
                    ride = (begin + sign * aboard, lane, boarded, step)
                    reached = reach(labels, stop, time, rides, ride, reached)
                elif step > until and time >= best[rides]:
                    break
            if ridden[entry, column, RUN] <= aboard:
                aboard = runs
        if boarding[entry] != NEVER:
            latest = aboard if aboard < runs else min(ridden[entry, column, RUN], runs)
            ready, boarding[entry] = boarding[entry], NEVER
            earliest = earlier_run(view, begin, runs, base, entry, ready, latest, exact)
            if earliest < latest:
                aboard, boarded, slot = earliest, step, begin + sign * earliest
                call, zero = view.slot_call[slot], view.slot_zero[slot]
        if aboard < runs:
            note_ride(view, ridden, entry, column, aboard, begin, entry - base)
        elif step >= until:
            break
    return reached


@inlined
def note_ride(
    view: View, ridden: I32, entry: int, column: int, run: int, begin: int, position: int
) -> None:
    """Record that a run is ridden from an entry on."""
    before = -NEVER
    if run > 0:
        slot = begin + view.sign * (run - 1)
        before = view.sign * time_of(
            view.enter_time,
            view.live_enter_time,
            view.slot_call[slot],
            view.slot_zero[slot],
            position,
        )
    for more in range(column, ridden.shape[1]):
        if ridden[entry, more, RUN] <= run:
            break
        ridden[entry, more, RUN], ridden[entry, more, BEFORE] = run, before


@inlined
def earlier_run(
    view: View,
    begin: int,
    runs: int,
    base: int,
    entry: int,
    ready: int,
    latest: int,
    exact: bool,
) -> int:
    """The first run that leaves at `ready` or after it, if it is before `latest`; else that.
    `base`: the first entry of the lane. The others: those of `first_run`."""
    times, live, sign = view.enter_time, view.live_enter_time, view.sign
    calls, zeros, position = view.slot_call, view.slot_zero, entry - base
    found, low, width = latest, latest - 1, 1
    if latest == runs:
        low = likely_run(view, begin, runs, entry, ready)
    # It mostly is one of the last before that.
    while low >= 0:
        slot = begin + sign * low
        if sign * time_of(times, live, calls[slot], zeros[slot], position) < ready:
            break
        found, low, width = low, low - width, 2 * width
    if latest == runs and found == runs:
        # Or, of a guess, one of the first after it.
        while low + width < runs:
            slot = begin + sign * (low + width)
            if sign * time_of(times, live, calls[slot], zeros[slot], position) >= ready:
                break
            low, width = low + width, 2 * width
        found = min(low + width, runs)
    low = max(low, -1) + 1
    found = first_run(times, live, calls, zeros, begin, low, found, position, ready, sign)
    if exact and found < latest:
        slot = begin + sign * found
        if sign * time_of(times, live, calls[slot], zeros[slot], position) > ready:
            found = latest
    return found


@inlined
def likely_run(view: View, begin: int, runs: int, entry: int, ready: int) -> int:
    """A guess at the first run that leaves an entry at `ready` or after it. The runs from which
    `first_run` would choose are far apart in memory, their starts side by side."""
    sign, starts, low, high = view.sign, view.slot_start, 0, runs
    start = ready - sign * view.since_start[entry]
    while low < high:
        middle = (low + high) >> 1
        if sign * starts[begin + sign * middle] < start:
            low = middle + 1
        else:
            high = middle
    return min(low, runs - 1)


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
