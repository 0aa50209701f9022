"""When a search can leave by ways that have times of their own, such as a ride on demand."""

import numpy as np
from numpy.typing import NDArray

from mobilite.journeys.domain.access import Access
from mobilite.journeys.domain.day_network import DayNetwork
from mobilite.journeys.domain.departures import departures_between
from mobilite.journeys.domain.view import View
from mobilite.timetable.domain.timetable import I32


def list_timed_departures(
    day: DayNetwork, view: View, near: Access, earliest: int, latest: int
) -> tuple[I32, NDArray[np.int64], I32]:
    """The departures of `departures.list_departures`, each way within its times.

    `earliest`, `latest`: clock times. If they are equal, each way is used as early as it can be.
    """
    assert near.times is not None
    clocks = [view.sign * (each - day.origin) for each in (near.times.first, near.times.last)]
    opens, closes = clocks if view.sign > 0 else reversed(clocks)
    single, parts = earliest == latest, [_NONE]
    rows = zip(*(each.tolist() for each in (near.stops, near.seconds, opens, closes)), strict=True)
    for stop, seconds, first, last in rows:
        begin, end = max(earliest, first), last if single else min(latest, last)
        if begin > end:
            continue
        points = np.flatnonzero(day.network.point_stop == stop).astype(np.int32)
        access = np.full(len(points), seconds, np.int32)
        times, entries, ready = departures_between(
            view, points, access, begin, begin if single else end
        )
        # One group: what is reached earliest by any of the ways counts.
        parts.append((np.full_like(times, earliest) if single else times, entries, ready))
    columns = zip(*parts, strict=True)
    times, entries, ready = (np.concatenate(column) for column in columns)
    order = np.argsort(-times.astype(np.int64), kind="stable")
    return times[order], entries[order], ready[order]


_NONE = np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0, np.int32)
