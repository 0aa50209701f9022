"""A traveller's position, rounded for privacy."""

from dataclasses import dataclass
from typing import Final

_DECIMALS: Final = 3
"""Of degrees: a thousandth is 111 m from north to south, and 75 m from east to west here."""


@dataclass(frozen=True, slots=True)
class Place:
    """A point in degrees, WGS 84."""

    lat: float
    lon: float

    def rounded(self) -> "Place":
        """The point rounded to about a hundred metres: enough to find stops, not people."""
        return Place(round(self.lat, _DECIMALS), round(self.lon, _DECIMALS))
