"""Distances on the surface of the Earth, for the search parameter `near` of Location.

https://hl7.org/fhir/R4/location.html#search
"""

from dataclasses import dataclass
from math import asin, cos, degrees, pi, radians, sin, sqrt
from typing import Final

EARTH_RADIUS: Final = 6_371_008.8
"""Metres: the mean radius of the Earth (IUGG)."""
LATITUDE: Final = "near:latitude"
"""The parameter of quantity rows with the latitude of a position, in degrees."""
LONGITUDE: Final = "near:longitude"
"""As LATITUDE."""
_MARGIN: Final = 1e-6
"""Degrees by which a box is wider than its circle, against rounding."""


@dataclass(frozen=True, slots=True)
class Circle:
    """The positions within a distance of a point."""

    latitude: float
    """Degrees, -90 to 90."""
    longitude: float
    """Degrees, -180 to 180."""
    metres: float

    def contains(self, latitude: float, longitude: float) -> bool:
        """Whether a position is in the circle, its border included."""
        return self.distance(latitude, longitude) <= self.metres

    def distance(self, latitude: float, longitude: float) -> float:
        """Metres from the centre, by the haversine formula."""
        north = sin(radians(latitude - self.latitude) / 2) ** 2
        east = sin(radians(longitude - self.longitude) / 2) ** 2
        chord = north + cos(radians(self.latitude)) * cos(radians(latitude)) * east
        return 2 * EARTH_RADIUS * asin(min(1.0, sqrt(chord)))

    @property
    def latitudes(self) -> tuple[float, float]:
        """The latitudes between which the circle is."""
        reach = degrees(self.metres / EARTH_RADIUS) + _MARGIN
        return self.latitude - reach, self.latitude + reach

    @property
    def longitudes(self) -> tuple[tuple[float, float], ...]:
        """The ranges of longitudes in which the circle is: two if it crosses the antimeridian."""
        south, north = self.latitudes
        angle = self.metres / EARTH_RADIUS
        if south <= -90 or north >= 90 or angle >= pi / 2:
            return ((-180.0, 180.0),)
        width = sin(angle) / cos(radians(self.latitude))
        reach = degrees(asin(min(1.0, width))) + _MARGIN
        west, east = self.longitude - reach, self.longitude + reach
        if west < -180:
            return (west + 360, 180.0), (-180.0, east)
        if east > 180:
            return (west, 180.0), (-180.0, east - 360)
        return ((west, east),)


@dataclass(frozen=True, slots=True)
class Near:
    """A criterion: the position is in one of those circles."""

    circles: tuple[Circle, ...]
