"""What the search of journeys requires of walking."""

from typing import Protocol

from mobilite.journeys.domain.footpaths import WalkingPath
from mobilite.timetable.domain.timetable import I32


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

    def walks(self, longest: int) -> tuple[I32, I32, I32]:
        """The ways between stops, as `Walks` of footpaths."""
        ...

    def path(self, start: tuple[float, float], end: tuple[float, float]) -> WalkingPath | None:
        """The way between two places; None if there is none."""
        ...
