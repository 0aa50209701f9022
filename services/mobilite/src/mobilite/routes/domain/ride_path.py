"""The part of a trip's shape between two of its calls."""

from collections.abc import Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from mobilite.geo.domain.distances import distances
from mobilite.timetable.domain.timetable import F64, Timetable

Point = tuple[float, float]
"""Longitude and latitude, WGS 84 degrees: the order of GeoJSON."""


def places_on_shape(timetable: Timetable, shape: int, stops: Sequence[int]) -> tuple[int, ...]:
    """The point of the shape for each call of a trip, ascending; empty if the shape or a stop has
    no coordinates.

    Of all ascending choices, the one whose distances to the stops have the smallest sum: a shape
    that passes a stop twice is cut at the right passage.
    """
    lats, lons = _shape(timetable, shape)
    stop_lats, stop_lons = timetable.stop_lat[list(stops)], timetable.stop_lon[list(stops)]
    if len(lats) < 2 or np.isnan(stop_lats).any() or np.isnan(stop_lons).any():
        return ()
    nearest: list[NDArray[np.intp]] = []
    """For each call and each point, the best point of the call at or before it."""
    total = np.zeros(len(lats))
    for lat, lon in zip(stop_lats.tolist(), stop_lons.tolist(), strict=True):
        cost = total + distances(lat, lon, lats, lons)
        total = np.minimum.accumulate(cost)
        nearest.append(np.maximum.accumulate(np.where(cost == total, np.arange(len(lats)), 0)))
    place, places = len(lats) - 1, []
    for best in reversed(nearest):
        place = int(best[place])
        places.append(place)
    return tuple(reversed(places))


def ride_path(
    timetable: Timetable, shape: int, places: Sequence[int], stops: Sequence[int], board: int
) -> tuple[Point, ...]:
    """The way of a ride from stop to stop; empty if fewer than two points are known.

    `stops`: those of the ride in order, rows. `board`: the position of the first of them among the
    calls of its trip. `places`: `places_on_shape`; without them, straight lines between the stops.
    """
    stop_lats, stop_lons = timetable.stop_lat[list(stops)], timetable.stop_lon[list(stops)]
    if not places:
        return _points(stop_lats, stop_lons)
    lats, lons = _shape(timetable, shape)
    # The stops stand for the points nearest to them.
    part = slice(places[board] + 1, places[board + len(stops) - 1])
    return _points(
        np.concatenate([stop_lats[:1], lats[part], stop_lats[-1:]]),
        np.concatenate([stop_lons[:1], lons[part], stop_lons[-1:]]),
    )


def _shape(timetable: Timetable, shape: int) -> tuple[F64, F64]:
    rows = slice(0, 0)
    if shape >= 0:
        rows = slice(int(timetable.shape_first[shape]), int(timetable.shape_first[shape + 1]))
    return timetable.shape_lat[rows].astype(float), timetable.shape_lon[rows].astype(float)


def _points(lats: F64, lons: F64) -> tuple[Point, ...]:
    """The points, rounded to six decimals (a tenth of a metre); each once in a row."""
    placed = ~(np.isnan(lons) | np.isnan(lats))
    pairs = zip(lons[placed].tolist(), lats[placed].tolist(), strict=True)
    points = tuple(
        point for point, _ in groupby((round(lon, 6), round(lat, 6)) for lon, lat in pairs)
    )
    return points if len(points) > 1 else ()
