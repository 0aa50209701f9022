"""Computes missing times and repairs wrong ones.

GTFS requires times at the first and last stop only; the others are interpolated by distance.
Where times go back, the longest ordered sequence is retained and the others are interpolated.
https://gtfs.org/documentation/schedule/reference/#stop_timestxt (arrival_time, timepoint)
"""

from bisect import bisect_right
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mobilite.gtfs.domain.clock_times import MISSING
from mobilite.timetable.domain.timetable import F32, F64, I32, Bool

DAY_SECONDS = 86_400
WRAP_SECONDS = 12 * 3600
EARLY_SECONDS = 8 * 3600
"""A time before EARLY_SECONDS that is more than WRAP_SECONDS less than the previous one restarted
at 00:00 after midnight: it belongs after 24:00."""


@dataclass(frozen=True, slots=True)
class FilledTimes:
    """The times of every call, in order along each trip, and what was repaired."""

    arrival: I32
    """Seconds of the service day, one per call."""
    departure: I32
    """Seconds of the service day, one per call."""
    interpolated: Bool
    """Which calls had no time, and got one."""
    past_midnight: Bool
    """Which calls had a time after midnight that restarted at 00:00."""
    backward: Bool
    """Which calls had a time out of order along the trip, or left before they arrived; it was
    replaced."""
    untimed_end: Bool
    """Which calls are before the first or after the last time of their trip: no time can be
    computed."""


def fill_times(
    *, trip: I32, arrival: I32, departure: I32, distance: F32, lat: F64, lon: F64
) -> FilledTimes:
    """Complete and repair the times of calls, which are sorted by trip and sequence. One entry per
    call: the row of its trip; `arrival`, `departure` in seconds, both -1 where the call has no time
    (a caller that knows one of them gives it twice); `distance`, the shape_dist_traveled, NaN
    where absent; `lat`, `lon` of its stop in degrees."""
    arrival, departure = arrival.copy(), departure.copy()
    missing = arrival == MISSING
    before, after = _neighbours(trip, ~missing)
    untimed_end = (before < 0) | (after < 0)
    past_midnight, backward, swapped = _repair_order(trip, arrival, departure, ~missing)
    before, after = _neighbours(trip, ~missing & ~backward)
    # If the first or last time of a trip is discarded, the nearest retained one is used.
    lone = (missing | backward) & ~untimed_end & ((before < 0) | (after < 0))
    arrival[lone] = np.where(before < 0, arrival[after], departure[before])[lone]
    departure[lone] = arrival[lone]

    between = (missing | backward) & ~lone & ~untimed_end
    low, high = before[between], after[between]
    distance_along = _distance_along_trip(trip, distance, lat, lon)
    rows = np.flatnonzero(between)
    length = distance_along[high] - distance_along[low]
    # Stops at one place, or without coordinates, share the time evenly.
    share = np.where(
        length > 0,
        (distance_along[rows] - distance_along[low]) / np.where(length > 0, length, 1),
        _even_share(rows, low, high),
    )
    span = arrival[high] - departure[low]
    arrival[between] = departure[low] + np.rint(span * np.clip(share, 0, 1)).astype(np.int32)
    departure[between] = arrival[between]
    return FilledTimes(
        arrival,
        departure,
        interpolated=missing & ~untimed_end,
        past_midnight=past_midnight,
        backward=backward | swapped,
        untimed_end=untimed_end,
    )


def _repair_order(trip: I32, arrival: I32, departure: I32, known: Bool) -> tuple[Bool, Bool, Bool]:
    """Repair in place the known times of trips where they go back.

    Returns three bool[calls]: moved past midnight; discarded; departed before arrival.
    """
    past_midnight, backward, swapped = np.zeros((3, len(trip)), dtype=np.bool_)
    for start, end in _out_of_order(trip, arrival, departure, known):
        rows = start + np.flatnonzero(known[start:end])
        past_midnight[rows] = _unwrap(rows, arrival, departure)
        swapped[rows] = departure[rows] < arrival[rows]
        departure[rows] = np.maximum(arrival[rows], departure[rows])
        backward[rows] = ~_longest_order(arrival[rows], departure[rows])
    return past_midnight, backward, swapped


def _even_share(rows: NDArray[Any], low: NDArray[Any], high: NDArray[Any]) -> F64:
    """The place of each row between `low` and `high`, from 0 to 1."""
    share: F64 = (rows - low) / np.maximum(high - low, 1)
    return share


def _out_of_order(trip: I32, arrival: I32, departure: I32, known: Bool) -> list[tuple[int, int]]:
    """The trips, as (start, end) of their calls, that have a known time going back."""
    rows = np.flatnonzero(known)
    wrong = departure[rows] < arrival[rows]
    same = trip[rows[1:]] == trip[rows[:-1]]
    wrong[1:] |= same & (arrival[rows[1:]] < departure[rows[:-1]])
    trips = np.unique(trip[rows[wrong]])
    starts, ends = np.searchsorted(trip, trips, "left"), np.searchsorted(trip, trips, "right")
    return list(zip(starts.tolist(), ends.tolist(), strict=True))


def _unwrap(rows: NDArray[Any], arrival: I32, departure: I32) -> Bool:
    """Continue after 24:00 where the known times of one trip restart at 00:00, in place.

    Returns bool[rows]: which were changed.
    """
    days, last = 0, 0
    moved = np.zeros(len(rows), dtype=np.bool_)
    for place, row in enumerate(rows):
        for times in (arrival, departure):
            time = int(times[row])
            if time < EARLY_SECONDS and time + days < last - WRAP_SECONDS:
                days += DAY_SECONDS
            moved[place] |= days > 0
            last = time + days
            times[row] = last
    return moved


def _longest_order(arrival: I32, departure: I32) -> Bool:
    """bool[n]: the calls of a longest subsequence in which none arrives before the previous one
    departs.

    Requires departure ≥ arrival. Patience sorting: `ends[k]` is the earliest departure that ends
    a subsequence of k + 1 calls, `last[k]` the call it ends with; `previous[i]` is the call before
    call i in the longest subsequence that ends with i.
    """
    ends: list[int] = []
    last: list[int] = []
    previous: list[int] = []
    for i, (arrives, leaves) in enumerate(zip(arrival.tolist(), departure.tolist(), strict=True)):
        place = bisect_right(ends, arrives)
        previous.append(last[place - 1] if place else -1)
        if place == len(ends):
            ends.append(leaves)
            last.append(i)
        elif leaves < ends[place]:
            ends[place], last[place] = leaves, i
    retained = np.zeros(len(arrival), dtype=np.bool_)
    i = last[-1]
    while i >= 0:
        retained[i] = True
        i = previous[i]
    return retained


def _neighbours(trip: I32, known: Bool) -> tuple[NDArray[Any], NDArray[Any]]:
    """For each call, the nearest known call of its trip at or before it, and at or after; or -1."""
    rows = np.arange(len(trip))
    before = np.maximum.accumulate(np.where(known, rows, -1))
    after = np.minimum.accumulate(np.where(known, rows, len(trip))[::-1])[::-1]
    before = np.where((before >= 0) & (trip[before] == trip), before, -1)
    inside = np.minimum(after, max(len(trip) - 1, 0))
    return before, np.where((after < len(trip)) & (trip[inside] == trip), after, -1)


def _distance_along_trip(trip: I32, distance: F32, lat: F64, lon: F64) -> F64:
    """float64[calls]: the distance of each call along its trip, in any unit, monotone.

    shape_dist_traveled if the whole trip has it in order; otherwise straight lines.
    """
    same = np.zeros(len(trip), dtype=np.bool_)
    same[1:] = trip[1:] == trip[:-1]
    east = np.diff(lon, prepend=lon[:1]) * np.cos(np.radians(lat))
    leap = np.nan_to_num(np.hypot(np.diff(lat, prepend=lat[:1]), east))
    straight = np.cumsum(np.where(same, leap, 0.0))
    step = np.diff(distance.astype(np.float64), prepend=0.0)
    wrong = np.isnan(distance) | (same & ~(step >= 0))
    unusable = np.isin(trip, np.unique(trip[wrong]))
    return np.where(unusable, straight, distance)
