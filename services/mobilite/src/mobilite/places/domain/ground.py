"""Distances between near points, for grouping stops."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mobilite.geo.domain.distances import EARTH_RADIUS

_METRES_PER_DEGREE: Final = math.radians(EARTH_RADIUS)
_Floats = NDArray[np.float64]


def degrees_north(metres: float) -> float:
    """The degrees of latitude of that distance."""
    return metres / _METRES_PER_DEGREE


def near_metres(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Metres between two points in degrees, on a plane: exact to a thousandth below 10 km, outside
    polar regions. NaN where a coordinate is NaN."""
    north = (other_lat - lat) * _METRES_PER_DEGREE
    east = (other_lon - lon) * _METRES_PER_DEGREE * math.cos(math.radians((lat + other_lat) / 2))
    return math.hypot(north, east)


def pair_metres(lats: _Floats, lons: _Floats, other_lats: _Floats, other_lons: _Floats) -> _Floats:
    """The same for n pairs of points, float64[n] each."""
    north = (other_lats - lats) * _METRES_PER_DEGREE
    scale = np.cos(np.radians((lats + other_lats) / 2))
    found: _Floats = np.hypot(north, (other_lons - lons) * _METRES_PER_DEGREE * scale)
    return found
