"""Distances between near points, for grouping stops."""

import math
from typing import Final

from mobilite.geo.domain.distances import EARTH_RADIUS

_METRES_PER_DEGREE: Final = math.radians(EARTH_RADIUS)


def degrees_north(metres: float) -> float:
    """The degrees of latitude of that distance."""
    return metres / _METRES_PER_DEGREE


def near_metres(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Metres between two points in degrees, on a plane: exact to a thousandth below 10 km, outside
    polar regions. NaN where a coordinate is NaN."""
    north = (other_lat - lat) * _METRES_PER_DEGREE
    east = (other_lon - lon) * _METRES_PER_DEGREE * math.cos(math.radians((lat + other_lat) / 2))
    return math.hypot(north, east)
