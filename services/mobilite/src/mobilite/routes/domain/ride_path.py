"""The way of a ride on the ground: along the shape of its trip, or else from stop to stop."""

from collections.abc import Sequence
from itertools import groupby
from typing import Final

import numpy as np

from mobilite.emissions.domain.emissions import DETOUR
from mobilite.geo.domain.distances import EARTH_RADIUS, distances
from mobilite.timetable.domain.timetable import F64, Timetable

Point = tuple[float, float]
"""Longitude and latitude, WGS 84 degrees: the order of GeoJSON."""
OFF_SHAPE: Final = 500.0
"""Metres from a stop to the shape of its trip from which on the shape is not believed."""
PIECE: Final = 100.0
"""Metres of a shape within which the order of two stops is not checked."""
MOST_PIECES: Final = 100_000
"""Pieces of a shape from which on it is not believed: 10,000 km."""
MOST_PAIRS: Final = 4_000_000
"""Calls of a trip × pieces of its shape from which on it is not believed: 300 MB to compare."""
SHORTEST: Final = 0.9
"""Part of the straight line below which a way along a shape is not believed: some shapes are drawn
against the direction of their trips."""


def metres_along_shape(
    timetable: Timetable,
    shape: int,
    stops: Sequence[int],
    stated: Sequence[float] | F64 | None = None,
) -> F64 | None:
    """float64[calls]: metres from the start of a shape (a row) to each call of a trip. None if the
    shape has no length, is too long or is not near all the stops (rows), or one has no coordinates.

    `stated`: shape_dist_traveled of the calls, in whatever unit; NaN where not given.
    """
    lat, lon = timetable.stop_lat[list(stops)], timetable.stop_lon[list(stops)]
    shape_lat, shape_lon, metres = shape_line(timetable, shape)
    if not metres[-1:].any() or np.isnan(lat).any() or np.isnan(lon).any():
        return None
    pieces = len(metres) + metres[-1] / PIECE
    if pieces > min(MOST_PIECES, MOST_PAIRS / len(lat)):
        return None
    scale = timetable.shape_distance[_points_of(timetable, shape)]
    if stated is not None and np.isfinite(stated).all() and np.isfinite(scale).all():
        located: F64 = np.interp(stated, np.maximum.accumulate(scale), metres)
        return located
    # Of long segments pieces, so that within one no way back is overlooked.
    starts = np.union1d(metres, np.arange(0, metres[-1], PIECE))
    piece_lat, piece_lon = (np.interp(starts, metres, each) for each in (shape_lat, shape_lon))
    # The plane around the first stop is true enough to find the nearest piece.
    y_scale = np.radians(EARTH_RADIUS)
    x_scale = y_scale * np.cos(np.radians(lat[0]))
    return _nearest_in_order(
        lon * x_scale, lat * y_scale, piece_lon * x_scale, piece_lat * y_scale, starts=starts
    )


def ride_path(
    timetable: Timetable, shape: int, along: F64 | None, stops: Sequence[int], board: int
) -> tuple[Point, ...]:
    """The way of a ride from stop to stop; empty if fewer than two points are known.

    `stops`: those of the ride in order, rows. `board`: the position of the first of them among the
    calls of its trip. `along`: `metres_along_shape` of its trip; None: straight lines.
    """
    lat, lon = timetable.stop_lat[list(stops)], timetable.stop_lon[list(stops)]
    if not _is_along(timetable, along, stops, board):
        return _points(lat, lon)
    assert along is not None
    shape_lat, shape_lon, metres = shape_line(timetable, shape)
    # The stops stand for the points of the shape within a metre of them.
    first, last = float(along[board]), float(along[board + len(stops) - 1])
    part = (metres > first + 1) & (metres < last - 1)
    return _points(
        np.concatenate([lat[:1], shape_lat[part], lat[-1:]]),
        np.concatenate([lon[:1], shape_lon[part], lon[-1:]]),
    )


def ride_metres(
    timetable: Timetable, along: F64 | None, stops: Sequence[int], board: int
) -> float | None:
    """The distance of a ride; None if a stop of it has no place. The arguments are those of
    `ride_path`. Without shape it is that of the straight lines × `DETOUR`."""
    lat, lon = timetable.stop_lat[list(stops)], timetable.stop_lon[list(stops)]
    if np.isnan(lat).any() or np.isnan(lon).any():
        return None
    if _is_along(timetable, along, stops, board):
        assert along is not None
        ride = float(along[board + len(stops) - 1] - along[board])
        return max(ride, _straight(timetable, stops))
    return DETOUR * float(distances(lat[:-1], lon[:-1], lat[1:], lon[1:]).sum())


def _is_along(timetable: Timetable, along: F64 | None, stops: Sequence[int], board: int) -> bool:
    """Whether the shape is believed for a ride: not where it is shorter than the straight line."""
    if along is None:
        return False
    ride = float(along[board + len(stops) - 1] - along[board])
    return ride >= SHORTEST * _straight(timetable, stops)


def _straight(timetable: Timetable, stops: Sequence[int]) -> float:
    """Metres between the first and the last stop."""
    lat, lon = timetable.stop_lat, timetable.stop_lon
    ends = [stops[-1]]
    return float(distances(float(lat[stops[0]]), float(lon[stops[0]]), lat[ends], lon[ends])[0])


def _points_of(timetable: Timetable, shape: int) -> slice:
    if shape < 0:
        return slice(0, 0)
    return slice(int(timetable.shape_first[shape]), int(timetable.shape_first[shape + 1]))


def shape_line(timetable: Timetable, shape: int) -> tuple[F64, F64, F64]:
    """The latitudes and longitudes of a shape, and the metres from its start to each point."""
    points = _points_of(timetable, shape)
    lat, lon = timetable.shape_lat[points].astype(float), timetable.shape_lon[points].astype(float)
    steps = distances(lat[:-1], lon[:-1], lat[1:], lon[1:])
    return lat, lon, np.concatenate([np.zeros(min(1, len(lat))), np.cumsum(steps)])


def _nearest_in_order(x: F64, y: F64, shape_x: F64, shape_y: F64, *, starts: F64) -> F64 | None:
    """float64[n]: where on a line each place is, in metres, such that they never go back and are
    as near to it as possible together: a line can pass a place twice. `starts`: metres to each
    point of the line. None if a place is further than `OFF_SHAPE`."""
    step_x, step_y = np.diff(shape_x), np.diff(shape_y)
    length = np.maximum(step_x**2 + step_y**2, 1e-9)
    from_x, from_y = x[:, None] - shape_x[:-1], y[:, None] - shape_y[:-1]
    part = np.clip((from_x * step_x + from_y * step_y) / length, 0, 1)
    off = np.hypot(from_x - part * step_x, from_y - part * step_y)
    positions = starts[:-1] + part * np.diff(starts)
    # cost[k, s]: the least sum of squares up to place k, if that is on segment s. Rounded, so that
    # of two passages at one place the first counts.
    cost = off.round() ** 2
    for place in range(1, len(cost)):
        cost[place] += np.minimum.accumulate(cost[place - 1])
    segments = np.empty(len(cost), np.intp)
    last = cost.shape[1]
    for place in range(len(cost) - 1, -1, -1):
        segments[place] = last = int(np.argmin(cost[place, : last + 1]))
    rows = np.arange(len(cost))
    if off[rows, segments].max() > OFF_SHAPE:
        return None
    return np.maximum.accumulate(positions[rows, segments])


def _points(lats: F64, lons: F64) -> tuple[Point, ...]:
    """The points, rounded to six decimals (a tenth of a metre); each once in a row."""
    placed = ~(np.isnan(lons) | np.isnan(lats))
    pairs = zip(lons[placed].tolist(), lats[placed].tolist(), strict=True)
    points = tuple(
        point for point, _ in groupby((round(lon, 6), round(lat, 6)) for lon, lat in pairs)
    )
    return points if len(points) > 1 else ()
