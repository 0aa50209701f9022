"""What the search of journeys requires of walking."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class WalkingPath:
    """A way on foot."""

    metres: int
    seconds: int
    shape: tuple[tuple[float, float], ...]
    """Longitudes and latitudes, WGS 84 degrees: the order of GeoJSON."""


class WalkingWays(Protocol):
    """Ways on foot between places. Places are WGS 84 degrees (latitude, longitude)."""

    @property
    def distance(self) -> str:
        """How distances are found, for readers of an answer."""
        ...

    def stops_near(self, lat: float, lon: float, budget: int) -> list[tuple[int, int, int]]:
        """The stops of the network that can be reached within `budget` metres: the number of
        each, with the seconds and metres of the way."""
        ...

    def path(self, start: tuple[float, float], end: tuple[float, float]) -> WalkingPath | None:
        """The way between two places; None if there is none."""
        ...
