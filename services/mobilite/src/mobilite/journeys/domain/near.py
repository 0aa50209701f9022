"""All pairs of places near each other, by a grid."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mobilite.geo.domain.distances import EARTH_RADIUS, distances
from mobilite.journeys.domain.lanes import expanded
from mobilite.timetable.domain.timetable import F64, I32

_ROW: Final = 1 << 32
"""More than the cells of one row of the grid."""


def pairs_within(lat: F64, lon: F64, radius: float) -> tuple[I32, I32, NDArray[np.float64]]:
    """Every ordered pair of different places no further apart than `radius` metres.

    `lat`, `lon`: float64[n], WGS 84 degrees; NaN is near nothing. Returns the indexes of both, and
    the great-circle distances in metres. Pairs across the antimeridian are not found.
    """
    known = np.flatnonzero(~(np.isnan(lat) | np.isnan(lon)))
    if not len(known) or radius <= 0:
        return np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0)
    height = np.degrees(radius / EARTH_RADIUS)
    # As wide as the radius where the circles of latitude are the shortest.
    widest = min(float(np.abs(lat[known]).max()) + height, 89.0)
    width = height / np.cos(np.radians(widest))
    row = np.floor((lat[known] + 90) / height).astype(np.int64)
    cell = row * _ROW + np.floor((lon[known] + 180) / width).astype(np.int64)
    order = np.argsort(cell, kind="stable")
    cell, known = cell[order], known[order]
    sources, targets = [], []
    for shift in (-_ROW, 0, _ROW):
        first = np.searchsorted(cell, cell + shift - 1).astype(np.int32)
        beyond = np.searchsorted(cell, cell + shift + 1, side="right").astype(np.int32)
        sources.append(np.repeat(known, beyond - first))
        targets.append(known[expanded(first, beyond - first)])
    source, target = np.concatenate(sources), np.concatenate(targets)
    apart = distances(lat[source], lon[source], lat[target], lon[target])
    near = (apart <= radius) & (source != target)
    return source[near].astype(np.int32), target[near].astype(np.int32), apart[near]
