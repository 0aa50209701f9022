"""Where a vehicle is on the way of its run, and how late it is there by the timetable.

The way is the shape of the trip, or straight lines from stop to stop. Between two calls a vehicle
is expected to advance evenly: no timetable states more.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from mobilite.geo.domain.distances import EARTH_RADIUS, distances
from mobilite.routes.domain.ride_path import metres_along_shape, shape_line
from mobilite.timetable.domain.timetable import F64, Timetable

OFF_WAY: Final = 150.0
"""Metres from its way from which on a vehicle is on a detour, or on another run."""


@dataclass(frozen=True, slots=True, eq=False)
class TripWay:
    """The way of a trip on the ground, in metres from its start."""

    x: F64
    """[points] Metres east of the first stop; so is `y`, north."""
    y: F64
    along: F64
    """[points] Metres from the start of the way to each point."""
    calls: F64
    """[calls] Metres from the start of the way to each call; never decreasing."""
    origin: tuple[float, float]
    """Latitude and longitude of the first stop."""

    def locate(self, lat: float, lon: float, first: float, last: float) -> float | None:
        """Metres along the way of the point of it that is nearest to a place, between `first` and
        `last`; None if that is further than `OFF_WAY`."""
        x, y = _plane(np.array([lat]), np.array([lon]), self.origin)
        segments = slice(
            max(0, int(np.searchsorted(self.along, first, "right")) - 1),
            int(np.searchsorted(self.along, last, "left")),
        )
        if segments.start >= segments.stop:
            return None
        from_x, from_y = x - self.x[:-1][segments], y - self.y[:-1][segments]
        step_x, step_y = np.diff(self.x)[segments], np.diff(self.y)[segments]
        length = np.maximum(step_x**2 + step_y**2, 1e-9)
        part = np.clip((from_x * step_x + from_y * step_y) / length, 0, 1)
        off = np.hypot(from_x - part * step_x, from_y - part * step_y)
        nearest = int(np.argmin(off))
        if off[nearest] > OFF_WAY:
            return None
        start = self.along[:-1][segments][nearest]
        metres = start + part[nearest] * np.diff(self.along)[segments][nearest]
        return float(min(max(metres, first), last))


def trip_way(timetable: Timetable, shape: int, stops: list[int]) -> TripWay | None:
    """The way of a trip with that shape (a row, -1 for none) and those stops (rows). None if one of
    the stops has no place, or the way no length."""
    lat, lon = timetable.stop_lat[stops].astype(float), timetable.stop_lon[stops].astype(float)
    if len(stops) < 2 or np.isnan(lat).any() or np.isnan(lon).any():
        return None
    origin = float(lat[0]), float(lon[0])
    calls = metres_along_shape(timetable, shape, stops) if shape >= 0 else None
    if calls is None:
        steps = distances(lat[:-1], lon[:-1], lat[1:], lon[1:])
        calls = along = np.concatenate([np.zeros(1), np.cumsum(steps)])
        x, y = _plane(lat, lon, origin)
    else:
        shape_lat, shape_lon, along = shape_line(timetable, shape)
        x, y = _plane(shape_lat, shape_lon, origin)
    return TripWay(x, y, along, calls, origin) if along[-1] > 0 else None


def lateness(first: int, last: int, at: int) -> int:
    """Seconds that a vehicle is late at that instant (negative: early), if it is expected from one
    instant to another (`planned_at`); all are POSIX seconds."""
    return at - last if at > last else min(0, at - first)


def planned_at(
    way: TripWay, arrivals: tuple[int, ...], departures: tuple[int, ...], metres: float
) -> tuple[int, int]:
    """When the timetable expects a vehicle at a place of its way: from one instant to another,
    which differ at calls only. `arrivals`, `departures`: scheduled, POSIX seconds."""
    call = int(np.searchsorted(way.calls, metres, "left"))
    if call < len(way.calls) and metres >= way.calls[call] - 1e-6:
        last = int(np.searchsorted(way.calls, way.calls[call], "right")) - 1
        return arrivals[call], departures[last]
    if call == 0:
        return departures[0], departures[0]
    if call == len(way.calls):
        return arrivals[-1], arrivals[-1]
    start, end = way.calls[call - 1], way.calls[call]
    part = (metres - start) / (end - start)
    instant = round(departures[call - 1] + part * (arrivals[call] - departures[call - 1]))
    return instant, instant


def _plane(lat: F64, lon: F64, origin: tuple[float, float]) -> tuple[F64, F64]:
    """Metres east and north of a place: true enough within the length of a run, for distances of a
    few hundred metres."""
    scale = np.radians(EARTH_RADIUS)
    return (lon - origin[1]) * scale * np.cos(np.radians(origin[0])), (lat - origin[0]) * scale
