"""The path of a pattern on the ground: distances along it, and the place at a distance."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from demo.network.model import Operator, Pattern

Point = tuple[float, float]
_DEGREE = 111_195.0
"""Metres in a degree of latitude."""


@dataclass(frozen=True, slots=True)
class Place:
    """A point of a path and the direction of travel there."""

    lat: float
    lon: float
    bearing: float
    """Degrees clockwise from north."""


class PatternPath:
    """A polyline on the ground, with the distance of each stop of its pattern along it
    (`stop_metres`). `points`: its vertices. `stops`: the places of the stops, in order."""

    def __init__(self, points: Sequence[Point], stops: Sequence[Point]) -> None:
        self._points = [points[0], *(b for a, b in pairwise(points) if a != b)]
        lengths = (metres(a, b) for a, b in pairwise(self._points))
        self._along = list(accumulate(lengths, initial=0.0))
        self.stop_metres = tuple(self._project(stops))

    def at(self, along: float) -> Place:
        """The place at a distance of `along` metres from the start, limited to the ends."""
        if len(self._points) == 1:
            return Place(*self._points[0], 0.0)
        leg = min(max(bisect_right(self._along, along) - 1, 0), len(self._points) - 2)
        a, b = self._points[leg], self._points[leg + 1]
        part = (along - self._along[leg]) / (self._along[leg + 1] - self._along[leg])
        part = min(max(part, 0.0), 1.0)
        lat, lon = a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1])
        east = (b[1] - a[1]) * math.cos(math.radians(a[0]))
        return Place(lat, lon, math.degrees(math.atan2(east, b[0] - a[0])) % 360)

    def _project(self, stops: Sequence[Point]) -> list[float]:
        """For each stop, the distance along the path of the nearest vertex, not before that of the
        previous stop."""
        found: list[float] = []
        first = 0
        for stop in stops:
            nearest = min(
                range(first, len(self._points)), key=lambda i: metres(stop, self._points[i])
            )
            found.append(self._along[nearest])
            first = nearest
        return found


def metres(a: Point, b: Point) -> float:
    """The distance between two points that are close to each other, in metres."""
    east = (b[1] - a[1]) * math.cos(math.radians(a[0]))
    return _DEGREE * math.hypot(b[0] - a[0], east)


def path_of(pattern: Pattern, operator: Operator) -> PatternPath:
    """The path of a pattern: its shape, or straight lines from stop to stop."""
    stops = [(operator.stop_by_id[id_].lat, operator.stop_by_id[id_].lon) for id_ in pattern.stops]
    return PatternPath(pattern.shape or stops, stops)
