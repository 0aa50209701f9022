"""Communes with their postcodes, and which one a point lies near.

Only the middle of a commune is known, not its bounds. The commune of a stop is therefore the one
with the nearest middle: it distinguishes two stops « Mairie », and is no address.
"""

from collections.abc import Sequence
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


class NearestCommune:
    """Finds the commune with the nearest middle."""

    def __init__(self, communes: Sequence[Commune]) -> None:
        self._ordered = sorted(communes, key=lambda commune: (commune.lat, commune.code))
        self._lats = np.array([commune.lat for commune in self._ordered], np.float64)
        self._lons = np.array([commune.lon for commune in self._ordered], np.float64)

    def find(self, lat: float, lon: float) -> Commune | None:
        """The commune of a point, None without a middle within 10 km."""
        reach = degrees_north(_NEAR_METRES)
        first, last = np.searchsorted(self._lats, (lat - reach, lat + reach)).tolist()
        if first == last or np.isnan(lat) or np.isnan(lon):
            return None
        metres = distances(lat, lon, self._lats[first:last], self._lons[first:last])
        nearest = int(metres.argmin())
        return self._ordered[first + nearest] if metres[nearest] <= _NEAR_METRES else None
