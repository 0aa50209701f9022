"""The path of a trip on a map: its shape, or else straight lines from stop to stop."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from mobilite.realtime.domain.run_trip import AddedTripInfo, RunTrip, TimetableTrip
from mobilite.timetable.domain.timetable import Timetable

Point = tuple[float, float]
"""Longitude and latitude, WGS 84 degrees: the order of GeoJSON."""


@dataclass(frozen=True, slots=True)
class TripPath:
    """The path of a trip."""

    points: tuple[Point, ...]
    """At least two."""
    source: Literal["shape", "stops"]
    """Whether they are those of the feed's shape, or the stops in order."""


def shape_of(timetable: Timetable, trip: RunTrip) -> int:
    """The shape of the trip of a run, a row; -1 for none."""
    if isinstance(trip, AddedTripInfo) and trip.shape_id is not None:
        row = timetable.shape_ids.index_of(trip.shape_id)
        return -1 if row is None else row
    return int(timetable.trip_shape[trip.row]) if isinstance(trip, TimetableTrip) else -1


def trip_path(timetable: Timetable, shape: int, stops: Iterable[int]) -> TripPath | None:
    """The path of a trip with that shape (a row, -1 for none) along those stops (rows). None if
    neither gives two points."""
    if shape >= 0:
        rows = slice(int(timetable.shape_first[shape]), int(timetable.shape_first[shape + 1]))
        shaped = _points(timetable.shape_lon[rows], timetable.shape_lat[rows])
        if len(shaped) > 1:
            return TripPath(shaped, "shape")
    called = np.fromiter(stops, np.int32)
    straight = _points(timetable.stop_lon[called], timetable.stop_lat[called])
    return TripPath(straight, "stops") if len(straight) > 1 else None


def _points(
    lon: "np.ndarray[tuple[int], np.dtype[np.floating]]",
    lat: "np.ndarray[tuple[int], np.dtype[np.floating]]",
) -> tuple[Point, ...]:
    """The points, rounded to six decimals (a tenth of a metre); without those that have no
    coordinates."""
    placed = ~(np.isnan(lon) | np.isnan(lat))
    pairs = zip(lon[placed].tolist(), lat[placed].tolist(), strict=True)
    return tuple((round(x, 6), round(y, 6)) for x, y in pairs)
