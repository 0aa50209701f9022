"""The distance of a ride: along the shape of its trip, or else the straight one, lengthened."""

from typing import Final

import numpy as np

from mobilite.geo.domain.distances import EARTH_RADIUS, distances
from mobilite.timetable.domain.timetable import F64, Timetable

DETOUR: Final = 1.1
"""How much longer a ride without shape counts than the straight lines between its stops. The
median of the shapes of three real feeds: buses 1.07 and 1.13, trains 1.08."""
OFF_SHAPE: Final = 500.0
"""Metres from a stop to the shape of its trip from which on the shape is not believed."""
PIECE: Final = 100.0
"""Metres of a shape within which the order of two stops is not checked."""
SHORTEST: Final = 0.9
"""Part of the straight line below which a way along a shape is not believed: some shapes are drawn
against the direction of their trips."""


def ride_metres(timetable: Timetable, trip: int, board: int, alight: int) -> float | None:
    """The distance of a ride in a trip (a row), between two positions of its calls; None if a
    stop of it has no place."""
    calls = timetable.calls_of(trip)
    stops = timetable.call_stop[calls]
    lat, lon = timetable.stop_lat[stops], timetable.stop_lon[stops]
    straight = straight_metres(lat[board : alight + 1], lon[board : alight + 1])
    if straight is None:
        return None
    along = _along_shape(timetable, trip, lat, lon)
    if along is None:
        return straight
    ends = distances(float(lat[board]), float(lon[board]), lat[[alight]], lon[[alight]])
    ride, least = float(along[alight] - along[board]), float(ends[0])
    return straight if ride < SHORTEST * least else max(ride, least)


def straight_metres(lat: F64, lon: F64) -> float | None:
    """The distance of a ride without shape along these stops, float64[n] in WGS 84 degrees: the
    straight lines × `DETOUR`. None if one has no place."""
    if np.isnan(lat).any() or np.isnan(lon).any():
        return None
    return DETOUR * float(distances(lat[:-1], lon[:-1], lat[1:], lon[1:]).sum())


def _along_shape(timetable: Timetable, trip: int, lat: F64, lon: F64) -> F64 | None:
    """float64[calls]: metres from the start of the shape to each call; None if the trip has no
    shape near all its stops."""
    shape = int(timetable.trip_shape[trip])
    if shape < 0 or np.isnan(lat).any():
        return None
    points = slice(int(timetable.shape_first[shape]), int(timetable.shape_first[shape + 1]))
    shape_lat = timetable.shape_lat[points].astype(np.float64)
    shape_lon = timetable.shape_lon[points].astype(np.float64)
    if len(shape_lat) < 2:
        return None
    steps = distances(shape_lat[:-1], shape_lon[:-1], shape_lat[1:], shape_lon[1:])
    metres = np.concatenate([[0.0], np.cumsum(steps)])
    stated, scale = timetable.call_distance[timetable.calls_of(trip)], timetable.shape_distance
    if np.isfinite(stated).all() and np.isfinite(scale[points]).all():
        # In whatever unit: the length is that of the points.
        located: F64 = np.interp(stated, np.maximum.accumulate(scale[points]), metres)
        return located
    # Of long segments pieces, so that within one no way back is overlooked.
    starts = np.union1d(metres, np.arange(0, metres[-1], PIECE))
    shape_lat, shape_lon = (np.interp(starts, metres, each) for each in (shape_lat, shape_lon))
    # The plane around the first stop is true enough to find the nearest piece.
    y_scale = np.radians(EARTH_RADIUS)
    x_scale = y_scale * np.cos(np.radians(lat[0]))
    return _nearest_in_order(
        lon * x_scale, lat * y_scale, shape_lon * x_scale, shape_lat * y_scale, starts=starts
    )


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
