"""When a search can leave: the departures of the stops near the origin."""

import numpy as np
from numpy.typing import NDArray

from mobilite.journeys.domain.access import Access
from mobilite.journeys.domain.compiled import borrowing, compiled
from mobilite.journeys.domain.day_network import DayNetwork
from mobilite.journeys.domain.network import JourneyNetwork
from mobilite.journeys.domain.view import View, first_run, first_slot, time_of
from mobilite.timetable.domain.timetable import I32


def list_departures(
    view: View, stops: I32, seconds: I32, earliest: int, latest: int
) -> tuple[I32, NDArray[np.int64], I32]:
    """What `kernel.search` takes: the departures from the origin, and where and when they board.

    `stops`, `seconds`: the stops near the origin, and how long it takes to get there. `earliest`,
    `latest`: clock times of leaving the origin. If they are equal, every lane can be boarded at
    whatever time its next run leaves; else every run that leaves in time is a departure.
    """
    begin, end = (np.full(len(stops), each, np.int32) for each in (earliest, latest))
    times, entries, ready = departures_between(view, stops, seconds, begin, end)
    if earliest == latest:
        return times, entries, ready
    return _latest_first(times, entries, ready)


def list_timed_departures(
    day: DayNetwork, view: View, near: Access, earliest: int, latest: int
) -> tuple[I32, NDArray[np.int64], I32]:
    """The departures by ways that have times of their own, such as a ride on demand.

    `earliest`, `latest`: clock times. If they are equal, each way is used as early as it can be.
    """
    assert near.times is not None
    clocks = [view.sign * (each - day.origin) for each in (near.times.first, near.times.last)]
    opens, closes = clocks if view.sign > 0 else reversed(clocks)
    single = earliest == latest
    begin = np.maximum(opens, earliest)
    end = closes if single else np.minimum(closes, latest)
    usable = np.flatnonzero(begin <= end)
    points, number = _points_of(day.network, near.stops[usable])
    rows = usable[number]
    from_time: I32 = begin[rows].astype(np.int32)
    until: I32 = from_time if single else end[rows].astype(np.int32)
    seconds = near.seconds[rows]
    times, entries, ready = departures_between(view, points, seconds, from_time, until)
    if single:
        # One group: what is reached earliest by any of the ways counts.
        times = np.full_like(times, earliest)
    return _latest_first(times, entries, ready)


@compiled
def departures_between(
    view: View, stops: I32, seconds: I32, earliest: I32, latest: I32
) -> tuple[I32, NDArray[np.int64], I32]:
    """The three columns of `list_departures`, in the order of the stops.

    `earliest`, `latest`: for each of the stops.
    """
    capacity, size = 64, 0
    times, entries = np.empty(capacity, np.int32), np.empty(capacity, np.int64)
    ready = np.empty(capacity, np.int32)
    for number in range(len(stops)):
        stop, access = stops[number], seconds[number]
        opens, closes = earliest[number] + access, latest[number] + access
        single = opens == closes
        for row in range(view.at_first[stop], view.at_first[stop + 1]):
            lane, position = view.at_lane[row], view.at_position[row]
            if not view.open[lane] or not view.enter[view.stop_first[lane] + position]:
                continue
            first, beyond = runs_between(view, lane, position, opens, closes, single)
            while size + beyond - first > capacity:
                times, ready = np.concatenate((times, times)), np.concatenate((ready, ready))
                entries = np.concatenate((entries, entries))
                capacity *= 2
            begin = first_slot(view.first, view.size, lane, view.sign)
            step = position
            if view.sign < 0:
                step = view.stop_first[lane + 1] - view.stop_first[lane] - 1 - position
            for run in range(first, beyond):
                time = opens
                if not single:
                    slot = begin + view.sign * run
                    call, zero = view.slot_call[slot], view.slot_zero[slot]
                    time = view.sign * time_of(
                        view.enter_time, view.live_enter_time, call, zero, position
                    )
                times[size], ready[size] = time - access, time
                entries[size] = np.int64(lane) << 32 | step
                size += 1
    return times[:size], entries[:size], ready[:size]


@borrowing
def runs_between(
    view: View, lane: int, position: int, earliest: int, latest: int, single: bool
) -> tuple[int, int]:
    """The runs of a lane, numbered from its first, that leave between two clock times; if `single`
    the first run that leaves at or after the earliest."""
    times, live = view.enter_time, view.live_enter_time
    calls, zeros, sign = view.slot_call, view.slot_zero, view.sign
    begin, runs = first_slot(view.first, view.size, lane, sign), view.size[lane]
    first = first_run(times, live, calls, zeros, begin, 0, runs, position, earliest, sign)
    if single:
        return first, min(first + 1, runs)
    beyond = first_run(times, live, calls, zeros, begin, first, runs, position, latest + 1, sign)
    return first, beyond


def _latest_first(
    times: I32, entries: NDArray[np.int64], ready: I32
) -> tuple[I32, NDArray[np.int64], I32]:
    order = np.argsort(-times.astype(np.int64), kind="stable")
    return times[order], entries[order], ready[order]


def _points_of(network: JourneyNetwork, stops: I32) -> tuple[I32, NDArray[np.int64]]:
    """The points of stops, in the order of these, and the number of the stop of each in `stops`,
    which has each once."""
    number_of = np.full(network.stops, -1, np.int64)
    number_of[stops] = np.arange(len(stops))
    number = number_of[network.point_stop]
    points = np.flatnonzero(number >= 0)
    points = points[np.argsort(number[points], kind="stable")]
    return points.astype(np.int32), number[points]
