"""Areas that can be reached on foot around places: circles, united.

A circle has the radius of a straight way × 1.3 in the time that is left. Where streets are known
the stops in it are reached along them; the area stays a straight guess, and answers say so.
"""

from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from mobilite.geo.domain.distances import EARTH_RADIUS
from mobilite.geo.domain.walking import DETOUR

Rings = list[list[list[list[float]]]]
"""The coordinates of a GeoJSON MultiPolygon: longitudes and latitudes."""
_CORNERS: Final = 32
"""Of a circle; they lie on it, so that the area is never too large."""
_SMALLEST: Final = 1.0
"""Metres: a smaller circle is none."""
_DIGITS: Final = 5
"""Of a degree: a metre."""


def walked_area(
    lat: NDArray[np.float64],
    lon: NDArray[np.float64],
    seconds: NDArray[np.integer],
    max_walk: int,
    speed: float,
) -> Rings:
    """The area around places (degrees) that is reached in the seconds left at each, by ways of at
    most `max_walk` metres. `speed`: metres a second."""
    radius = np.minimum(seconds * speed, max_walk) / DETOUR
    usable = (radius >= _SMALLEST) & ~np.isnan(lat) & ~np.isnan(lon)
    if not usable.any():
        return []
    circles = _circles(lat[usable], lon[usable], radius[usable])
    area = shapely.set_precision(shapely.union_all(circles), 10.0**-_DIGITS)
    return [
        [_ring(polygon.exterior), *(_ring(hole) for hole in polygon.interiors)]
        for polygon in shapely.get_parts(area)
        if isinstance(polygon, shapely.Polygon)
    ]


def _circles(
    lat: NDArray[np.float64], lon: NDArray[np.float64], radius: NDArray[np.float64]
) -> NDArray[np.object_]:
    angles = np.linspace(0, 2 * np.pi, _CORNERS, endpoint=False)
    north = np.degrees(radius / EARTH_RADIUS)
    east = north / np.cos(np.radians(lat))
    lats = lat[:, None] + north[:, None] * np.sin(angles)
    lons = lon[:, None] + east[:, None] * np.cos(angles)
    # Beyond a pole, or the meridian opposite, GeoJSON has no positions.
    corners = np.stack([np.clip(lons, -180, 180), np.clip(lats, -90, 90)], axis=2)
    circles: NDArray[np.object_] = shapely.polygons(corners)
    return circles


def _ring(ring: shapely.LinearRing) -> list[list[float]]:
    return [[round(x, _DIGITS), round(y, _DIGITS)] for x, y in ring.coords]
