"""Ways on foot at the speed of one traveller."""

from dataclasses import dataclass, replace
from math import ceil

from mobilite.journeys.domain.footpaths import WalkingPath
from mobilite.journeys.ports import WalkingWays
from mobilite.timetable.domain.timetable import I32


@dataclass(frozen=True, slots=True)
class PacedWays:
    """The same ways as others, with the seconds that they take at a speed."""

    ways: WalkingWays
    speed: float
    """Metres a second."""

    @property
    def distance(self) -> str:
        """How distances are found, for readers of an answer."""
        return self.ways.distance

    def stops_near(self, lat: float, lon: float, budget: int) -> list[tuple[int, int, int]]:
        """The stops within `budget` metres: number, seconds and metres of each."""
        near = self.ways.stops_near(lat, lon, budget)
        return [(stop, ceil(metres / self.speed), metres) for stop, _, metres in near]

    def walks(self, longest: int) -> tuple[I32, I32, I32]:
        """The ways between stops."""
        return self.ways.walks(longest)

    def path(self, start: tuple[float, float], end: tuple[float, float]) -> WalkingPath | None:
        """The way between two places; None if there is none."""
        path = self.ways.path(start, end)
        return path and replace(path, seconds=ceil(path.metres / self.speed))
