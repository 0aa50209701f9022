"""Distances on the ground, on WGS 84 coordinates in degrees."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

EARTH_RADIUS: Final = 6_371_008.8
"""Metres: the mean radius (IUGG)."""


def distances(
    lat: float | NDArray[np.float64],
    lon: float | NDArray[np.float64],
    lats: NDArray[np.float64],
    lons: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Great-circle distances in metres to each of many points (haversine formula).

    `lat`, `lon`: one point, or as many as the others. `lats`, `lons`: float64[n], the others.
    Returns float64[n], NaN where a coordinate is NaN.
    """
    here, there = np.radians(lat), np.radians(lats)
    across = np.sin((there - here) / 2) ** 2
    along = np.sin(np.radians(lons - lon) / 2) ** 2
    chord = across + np.cos(here) * np.cos(there) * along
    found: NDArray[np.float64] = 2 * EARTH_RADIUS * np.arcsin(np.sqrt(np.minimum(chord, 1.0)))
    return found
