"""A traveller's position, rounded for privacy."""

import re
from dataclasses import dataclass
from typing import Final

_DECIMALS: Final = 3
"""Of degrees: a thousandth is 111 m from north to south, and 75 m from east to west here."""
_POINT: Final = re.compile(r"\s*-?[0-9]{1,3}(\.[0-9]+)?\s*,\s*-?[0-9]{1,3}(\.[0-9]+)?\s*")


def is_point(text: str) -> bool:
    """Whether the API takes a text for a point, `latitude,longitude`: a person's position, which
    must not be stored."""
    return _POINT.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Place:
    """A point in degrees, WGS 84."""

    lat: float
    lon: float

    def rounded(self) -> "Place":
        """The point rounded to about a hundred metres: enough to find stops, not people."""
        return Place(round(self.lat, _DECIMALS), round(self.lon, _DECIMALS))
