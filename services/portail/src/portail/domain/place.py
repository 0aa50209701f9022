"""Where a traveller stands, as vaguely as the question allows."""

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
        """The point some hundred metres about: enough to list stops, too little to find a door."""
        return Place(round(self.lat, _DECIMALS), round(self.lon, _DECIMALS))
