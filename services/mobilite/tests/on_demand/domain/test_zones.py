"""Which points lie in a zone."""

from collections.abc import Sequence
from itertools import pairwise
from math import atan2, cos, pi, sin
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobilite.on_demand.domain import zones
from mobilite.on_demand.domain.zones import Zone

Point = tuple[float, float]
SQUARE = [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]
HOLE = [[1, 1], [1, 3], [3, 3], [3, 1], [1, 1]]
FAR = [[10, 10], [11, 10], [11, 11], [10, 10]]


def zone(*polygons: Any) -> Zone:
    geometry = {"type": "MultiPolygon", "coordinates": [*polygons]}
    return Zone.of({"location_id": "z", "geometry": geometry})


def test_holes_and_islands() -> None:
    found = zone([SQUARE, HOLE], [FAR])
    points = {(0.5, 0.5): True, (2, 2): False, (3.5, 2): True, (10.2, 10.9): True, (7, 7): False}
    assert {point: found.contains(*point) for point in points} == points


def test_a_polygon_and_positions_with_a_height() -> None:
    geometry = {"type": "Polygon", "coordinates": [[[*each, 100] for each in SQUARE]]}
    assert Zone.of({"location_id": "z", "geometry": geometry}).contains(1, 1)


def test_many_points_as_each_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zones, "_COMPARED", 20)
    found = zone([SQUARE, HOLE], [FAR])
    lat, lon = np.mgrid[-1:12:0.7, -1:12:0.7].reshape(2, -1)
    alone = [found.contains(*point) for point in zip(lat, lon, strict=True)]
    assert found.contains_all(lat, lon).tolist() == alone
    assert 0 < sum(alone) < len(alone)


def test_a_ring_that_crosses_itself_or_has_no_area() -> None:
    crossed = [[0, 0], [4, 4], [4, 0], [0, 4], [0, 0]]
    points = {(2, 0.5): True, (2, 3.5): True, (0.5, 2): False, (3.5, 2): False}
    assert {point: zone([crossed]).contains(*point) for point in points} == points
    assert not zone([[[1, 1]] * 4]).contains(1, 1)


def test_no_point_without_coordinates_is_in_a_zone() -> None:
    assert not zone([SQUARE]).contains(float("nan"), float("nan"))


def winds_around(ring: Sequence[Point], lat: float, lon: float) -> bool:
    """Whether the ring goes around a point: the sum of the angles under which it sees the edges."""
    total = 0.0
    for (x0, y0), (x1, y1) in pairwise(ring):
        angle = atan2(y1 - lat, x1 - lon) - atan2(y0 - lat, x0 - lon)
        total += (angle + pi) % (2 * pi) - pi
    return abs(total) > pi


stars = st.lists(st.floats(0.2, 3), min_size=3, max_size=12).map(
    lambda radii: [
        (
            1.5 + radius * cos(2 * pi * corner / len(radii)),
            47.5 + radius * sin(2 * pi * corner / len(radii)),
        )
        for corner, radius in enumerate([*radii, radii[0]])
    ]
)
points = st.lists(st.tuples(st.floats(44, 51), st.floats(-2, 5)), min_size=1, max_size=20)


@given(stars, points)
def test_as_the_winding_of_the_ring(ring: list[Point], given_points: list[Point]) -> None:
    lat, lon = np.array(given_points).T
    ring[-1] = ring[0]
    found = zone([ring]).contains_all(lat, lon).tolist()
    assert found == [winds_around(ring, *point) for point in given_points]
