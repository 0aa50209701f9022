"""The lengths of paths, measured by gtfs-kit along their shapes.

Imported by the worker only: gtfs-kit and pandas take hundreds of megabytes. gtfs-kit gets one trip
for each path. It projects the first and the last stop on the shape; where a path has no shape, it
makes one of straight lines between stops (`create_shapes`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from gtfs_kit import Feed
from numpy.typing import NDArray

from mobilite.supply.domain.offered_trips import Path
from mobilite.timetable.domain.timetable import Timetable


@dataclass(frozen=True, slots=True)
class PathLengths:
    """An entry for each path."""

    kilometres: NDArray[np.float64]
    """NaN: unknown, because fewer than two stops have a position."""
    straight: NDArray[np.bool_]
    """Whether it was measured on straight lines between stops."""


def measure_paths(timetable: Timetable, paths: Sequence[Path]) -> PathLengths:
    """The length of each path."""
    placed = np.isfinite(timetable.stop_lat) & np.isfinite(timetable.stop_lon)
    shapes = _shapes(timetable, sorted({path.shape for path in paths if path.shape >= 0}))
    usable = set() if shapes is None else set(shapes["shape_id"].unique())
    stop_times = pd.DataFrame(
        [
            (str(row), str(stop), position, "00:00:00")
            for row, path in enumerate(paths)
            for position, stop in enumerate(path.stops[placed[path.stops]].tolist())
        ],
        columns=["trip_id", "stop_id", "stop_sequence", "departure_time"],
    )
    measurable = stop_times.groupby("trip_id").size()
    rows = [row for row in range(len(paths)) if measurable.get(str(row), 0) >= 2]
    straight = np.array([str(path.shape) not in usable for path in paths], np.bool_)
    kilometres = np.full(len(paths), np.nan)
    if not rows:
        return PathLengths(kilometres, straight)
    feed = _feed(timetable, placed, stop_times, shapes)
    feed.trips = _trips(paths, rows, straight)
    measured = feed.create_shapes().compute_trip_stats(compute_dist_from_shapes=True)
    kilometres[measured["trip_id"].astype(int)] = measured["distance"]
    return PathLengths(kilometres, straight)


def _feed(
    timetable: Timetable,
    placed: NDArray[np.bool_],
    stop_times: pd.DataFrame,
    shapes: pd.DataFrame | None,
) -> Feed:
    """A feed of one route, as gtfs-kit requires it; without trips yet."""
    stops = np.flatnonzero(placed)
    return Feed(
        dist_units="m",
        routes=pd.DataFrame({"route_id": ["r"], "route_short_name": ["r"], "route_type": [3]}),
        stops=pd.DataFrame(
            {
                "stop_id": stops.astype(str).astype(object),
                "stop_lat": timetable.stop_lat[stops],
                "stop_lon": timetable.stop_lon[stops],
            }
        ),
        stop_times=stop_times,
        shapes=shapes,
    )


def _trips(paths: Sequence[Path], rows: Sequence[int], straight: NDArray[np.bool_]) -> pd.DataFrame:
    """A trip for each of these paths."""
    return pd.DataFrame(
        {
            "route_id": "r",
            "trip_id": [str(row) for row in rows],
            "service_id": "s",
            "direction_id": 0,
            "shape_id": [None if straight[row] else str(paths[row].shape) for row in rows],
        }
    ).astype({"shape_id": object})


def _shapes(timetable: Timetable, rows: Sequence[int]) -> pd.DataFrame | None:
    """shapes.txt with these shapes; without those of fewer than two points. None: no shape."""
    parts = []
    for row in rows:
        points = slice(int(timetable.shape_first[row]), int(timetable.shape_first[row + 1]))
        lat = timetable.shape_lat[points].astype(np.float64)
        lon = timetable.shape_lon[points].astype(np.float64)
        finite = np.isfinite(lat) & np.isfinite(lon)
        if len(np.unique(np.stack([lat[finite], lon[finite]]), axis=1).T) < 2:
            continue
        parts.append(
            pd.DataFrame(
                {
                    "shape_id": str(row),
                    "shape_pt_sequence": np.arange(int(finite.sum())),
                    "shape_pt_lat": lat[finite],
                    "shape_pt_lon": lon[finite],
                }
            )
        )
    return pd.concat(parts, ignore_index=True) if parts else None
