"""A traveller's position, rounded for privacy."""

from dataclasses import dataclass
from typing import Final

_DECIMALS: Final = 3
"""A thousandth of a degree: 111 m north to south, 75 m east to west in the region."""


@dataclass(frozen=True, slots=True)
class Place:
    """A point in degrees, WGS 84."""

    lat: float
    lon: float

    def rounded(self) -> "Place":
        """The point rounded to some hundred metres: enough to list stops, not to locate people."""
        return Place(round(self.lat, _DECIMALS), round(self.lon, _DECIMALS))
