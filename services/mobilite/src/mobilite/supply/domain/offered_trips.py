"""The trips of a timetable as arrays, and the paths that they follow.

A path is a sequence of stops along a shape: every trip of a path has the same length, so lengths
are computed once for each.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mobilite.timetable.domain.booked_trips import booked_trips
from mobilite.timetable.domain.timetable import I8, I32, Timetable

NO_PICKUP = NO_DROP_OFF = 1
"""The values of pickup_type and drop_off_type "not available"."""


@dataclass(frozen=True, slots=True)
class Path:
    """A sequence of stops along a shape."""

    shape: int
    """A row of the timetable; -1: none."""
    stops: I32
    """Rows of the timetable, in order."""
    served: I32
    """The stops or stations at which somebody can board or alight, each once, ascending."""


@dataclass(frozen=True, slots=True)
class OfferedTrips:
    """The trips with at least two calls, without those that run only when booked. Every array has
    an entry for each; frequency-based trips have one for each run."""

    paths: tuple[Path, ...]
    path: I32
    """→ paths"""
    route: I32
    """→ routes of the timetable"""
    service: I32
    """→ services of the timetable"""
    direction: NDArray[np.int64]
    """direction_id; where the feed gives none, -1 - the stop from which the trip leaves."""
    start: I32
    """Departure from the first stop, in seconds of the service day."""
    end: I32
    """Arrival at the last stop, in seconds of the service day."""


def read_trips(timetable: Timetable) -> OfferedTrips:
    """The trips of a timetable."""
    first, after = timetable.trip_first[:-1], timetable.trip_first[1:]
    rows = np.flatnonzero((after - first >= 2) & ~booked_trips(timetable))
    paths, path = _find_paths(timetable, rows)
    starts = first[rows]
    given = timetable.trip_direction[rows].astype(np.int64)
    return OfferedTrips(
        paths,
        path,
        timetable.trip_route[rows],
        timetable.trip_service[rows],
        np.where(given >= 0, given, -1 - timetable.call_stop[starts].astype(np.int64)),
        timetable.call_departure[starts],
        timetable.call_arrival[after[rows] - 1],
    )


def station_rows(timetable: Timetable) -> I32:
    """For each stop the row of its station, or its own."""
    rows = np.arange(len(timetable.stop_ids), dtype=np.int32)
    for _ in range(2):  # a boarding area is the child of a platform, which is that of a station
        parents = timetable.stop_parent[rows]
        rows = np.where(parents >= 0, parents, rows).astype(np.int32)
    return rows


def _find_paths(timetable: Timetable, rows: NDArray[np.int64]) -> tuple[tuple[Path, ...], I32]:
    """The distinct paths of these trips, and that of each trip."""
    stations = station_rows(timetable)
    usable = _usable(timetable.call_pickup, timetable.call_drop_off)
    known: dict[tuple[int, bytes, bytes], int] = {}
    paths, path = list[Path](), np.zeros(len(rows), np.int32)
    for index, row in enumerate(rows.tolist()):
        calls = timetable.calls_of(row)
        stops, served = timetable.call_stop[calls], usable[calls]
        shape = int(timetable.trip_shape[row])
        key = shape, stops.tobytes(), served.tobytes()
        if key not in known:
            known[key] = len(paths)
            paths.append(Path(shape, stops.copy(), np.unique(stations[stops[served]])))
        path[index] = known[key]
    return tuple(paths), path


def _usable(pickup: I8, drop_off: I8) -> NDArray[np.bool_]:
    """Of each call, whether somebody can board or alight."""
    usable: NDArray[np.bool_] = (pickup != NO_PICKUP) | (drop_off != NO_DROP_OFF)
    return usable
