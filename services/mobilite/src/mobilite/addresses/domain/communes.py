"""Communes with their postcodes, and which one a stop lies near.

Only the middle of a commune is known, not its bounds. The commune of a stop is therefore the one
with the nearest middle: it distinguishes two stops « Mairie », and is no address.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from mobilite.geo.domain.distances import distances
from mobilite.geo.domain.ground import degrees_north

COMMUNE_PREFIX: Final = "commune:"
"""The beginning of the id of a commune; no feed has the id "commune"."""
_NEAR_METRES: Final = 10_000.0
"""A stop further than that from every middle has no commune."""


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune."""

    code: str
    """The code of INSEE, five characters."""
    name: str
    postcodes: tuple[str, ...]
    """Ascending."""
    lat: float
    lon: float
    """Its middle, in degrees."""

    @property
    def id(self) -> str:
        return COMMUNE_PREFIX + self.code


def nearest_communes(
    points: Iterable[tuple[float, float]], communes: Sequence[Commune]
) -> Iterator[Commune | None]:
    """For each point (latitude, longitude) the commune with the nearest middle, None without one
    within 10 km."""
    ordered = sorted(communes, key=lambda commune: (commune.lat, commune.code))
    lats = np.array([commune.lat for commune in ordered], np.float64)
    lons = np.array([commune.lon for commune in ordered], np.float64)
    reach = degrees_north(_NEAR_METRES)
    for lat, lon in points:
        first, last = np.searchsorted(lats, (lat - reach, lat + reach)).tolist()
        if first == last or np.isnan(lat) or np.isnan(lon):
            yield None
            continue
        metres = distances(lat, lon, lats[first:last], lons[first:last])
        nearest = int(metres.argmin())
        yield ordered[first + nearest] if metres[nearest] <= _NEAR_METRES else None
