"""Geometry of the region: points are (latitude, longitude) in degrees, lengths are metres."""

import math
from collections.abc import Sequence
from itertools import pairwise
from random import Random

Point = tuple[float, float]

_METRES_PER_DEGREE = 111_195.0


def distance(one: Point, other: Point) -> float:
    """Metres between two points of the region, on a plane: the error is below one thousandth."""
    north = (other[0] - one[0]) * _METRES_PER_DEGREE
    east = (other[1] - one[1]) * _METRES_PER_DEGREE * math.cos(math.radians(one[0]))
    return math.hypot(north, east)


def moved(point: Point, *, east: float = 0.0, north: float = 0.0) -> Point:
    """The point so many metres to the east and north."""
    lat = point[0] + north / _METRES_PER_DEGREE
    lon = point[1] + east / (_METRES_PER_DEGREE * math.cos(math.radians(point[0])))
    return round(lat, 6), round(lon, 6)


def between(one: Point, other: Point, share: float) -> Point:
    """The point between two others, at `share` (0 to 1) of the distance."""
    return (
        round(one[0] + (other[0] - one[0]) * share, 6),
        round(one[1] + (other[1] - one[1]) * share, 6),
    )


def spread(anchors: Sequence[Point | None]) -> list[Point]:
    """The points with those that are None placed evenly between their neighbours. The first and the
    last must not be None."""
    known = [index for index, point in enumerate(anchors) if point is not None]
    result: list[Point] = []
    for start, end in pairwise(known):
        one, other = anchors[start], anchors[end]
        assert one is not None
        assert other is not None
        result += [between(one, other, i / (end - start)) for i in range(end - start)]
    last = anchors[-1]
    assert last is not None
    return [*result, last]


def winding(points: Sequence[Point], rng: Random, share: float = 0.08) -> tuple[Point, ...]:
    """A shape through the points that winds: each leg has a point in its middle that is moved
    aside by a random part of `share` of its length."""
    result = [points[0]]
    for one, other in pairwise(points):
        offset = distance(one, other) * share * rng.uniform(-1, 1)
        bearing = math.atan2(other[0] - one[0], other[1] - one[1])
        middle = between(one, other, 0.5)
        result += [
            moved(middle, east=-math.sin(bearing) * offset, north=math.cos(bearing) * offset),
            other,
        ]
    return tuple(result)
