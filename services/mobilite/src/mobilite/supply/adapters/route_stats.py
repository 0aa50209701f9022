"""The figures of route days, computed by gtfs-kit from statistics of their trips.

Imported by the worker only. Each route day is a route to gtfs-kit, so that one call computes many.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from gtfs_kit.routes import compute_route_stats_0

from mobilite.gtfs.domain.clock_times import format_time
from mobilite.supply.adapters.path_lengths import PathLengths
from mobilite.supply.domain.offered_trips import OfferedTrips
from mobilite.supply.domain.route_days import RouteDay
from mobilite.timetable.domain.timetable import I32

_MOST_TRIPS = 200_000
"""Trips of one call of gtfs-kit; a route day with more has a call of its own."""
_INSTANT = 1e-9
"""Hours of a trip that ends when it starts: gtfs-kit would leave it out."""
_FIGURES = {
    "num_trips": "trips",
    "service_duration": "service_hours",
    "service_distance": "service_km",
    "peak_num_trips": "peak_vehicles",
}


def compute_stats(
    trips: OfferedTrips, route_days: Sequence[RouteDay], lengths: PathLengths
) -> pd.DataFrame:
    """A row for each route day, in order: trips, service_hours, service_km (NaN if a trip's length
    is unknown), peak_vehicles (trips under way at the same time, at most)."""
    table = pd.DataFrame(
        {
            "stop_pattern_name": trips.path.astype(str).astype(object),
            "is_loop": 0,
            "direction_id": np.where(trips.direction == 1, 1, 0),
            "route_short_name": "",
            "route_type": 3,
            "start_time": _clock_times(trips.start),
            "end_time": _clock_times(trips.end),
            "duration": np.maximum((trips.end - trips.start) / 3600, _INSTANT),
            "distance": lengths.kilometres[trips.path],
        }
    )
    stats = [
        compute_route_stats_0(
            pd.concat([table.iloc[route_days[row].trips].assign(route_id=row) for row in chunk])
        )
        for chunk in _chunks(route_days)
    ]
    empty = pd.DataFrame({name: [] for name in ["route_id", *_FIGURES]}).astype({"route_id": int})
    found = pd.concat([empty, *stats]).set_index("route_id")[[*_FIGURES]].rename(columns=_FIGURES)
    return found.reindex(range(len(route_days)), fill_value=0.0)


def _chunks(route_days: Sequence[RouteDay]) -> Iterator[range]:
    """Ranges of the route days that have trips, none with too many of them."""
    bounds, size = [0], 0
    for row, each in enumerate(route_days):
        if size and size + len(each.trips) > _MOST_TRIPS:
            bounds.append(row)
            size = 0
        size += len(each.trips)
    for first, after in pairwise([*bounds, len(route_days)]):
        if any(len(route_days[row].trips) for row in range(first, after)):
            yield range(first, after)


def _clock_times(seconds: I32) -> list[str]:
    """As HH:MM:SS; each distinct one is formatted once."""
    distinct, inverse = np.unique(seconds, return_inverse=True)
    texts = [format_time(each) for each in distinct.tolist()]
    return [texts[row] for row in inverse.tolist()]
