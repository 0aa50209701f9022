"""The way a trip takes, as a line on a map: its shape, or else straight from stop to stop."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from mobilite.timetable.domain.timetable import Timetable

Point = tuple[float, float]
"""Longitude and latitude, WGS 84 degrees: the order of GeoJSON."""


@dataclass(frozen=True, slots=True)
class Way:
    """At least two points, and what they are: the feed's own shape, or its stops in order."""

    points: tuple[Point, ...]
    source: Literal["shape", "stops"]


def way_of(timetable: Timetable, shape: int, stops: Iterable[int]) -> Way | None:
    """The way of a trip with that shape (a row, -1 for none) along those stops (rows). None where
    neither tells two points."""
    if shape >= 0:
        rows = slice(int(timetable.shape_first[shape]), int(timetable.shape_first[shape + 1]))
        shaped = _points(timetable.shape_lon[rows], timetable.shape_lat[rows])
        if len(shaped) > 1:
            return Way(shaped, "shape")
    called = np.fromiter(stops, np.int32)
    straight = _points(timetable.stop_lon[called], timetable.stop_lat[called])
    return Way(straight, "stops") if len(straight) > 1 else None


def _points(
    lon: "np.ndarray[tuple[int], np.dtype[np.floating]]",
    lat: "np.ndarray[tuple[int], np.dtype[np.floating]]",
) -> tuple[Point, ...]:
    """Six decimals: a tenth of a metre. Stops of no known place are left out."""
    placed = ~(np.isnan(lon) | np.isnan(lat))
    pairs = zip(lon[placed].tolist(), lat[placed].tolist(), strict=True)
    return tuple((round(x, 6), round(y, 6)) for x, y in pairs)
