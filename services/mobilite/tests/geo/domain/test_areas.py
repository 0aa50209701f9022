"""Areas around places: as large as the walk that is left, never larger."""

import numpy as np
import pytest
from shapely.geometry import MultiPolygon, Point, shape

from mobilite.geo.domain.areas import walked_area
from mobilite.geo.domain.distances import distances
from mobilite.geo.domain.walking import DETOUR, WALKING_SPEED


def area(
    *places: tuple[float, float, int], max_walk: int = 5000, speed: float = WALKING_SPEED
) -> MultiPolygon:
    lat, lon, seconds = (np.array(column) for column in zip(*places, strict=True))
    rings = walked_area(lat.astype(float), lon.astype(float), seconds, max_walk, speed)
    found = shape({"type": "MultiPolygon", "coordinates": rings})
    assert isinstance(found, MultiPolygon)
    assert found.is_valid
    return found


@pytest.mark.parametrize("speed", [0.6, WALKING_SPEED, 2])
def test_a_circle_has_the_radius_of_the_walk(speed: float) -> None:
    (circle,) = area((47.9, 1.9, 600), speed=speed).geoms
    lons, lats = np.array(circle.exterior.coords).T
    metres = distances(47.9, 1.9, lats, lons)
    assert metres == pytest.approx(600 * speed / DETOUR, abs=2)


def test_a_walk_is_no_longer_than_the_traveller_wishes() -> None:
    (circle,) = area((47.9, 1.9, 36_000), max_walk=130).geoms
    lons, lats = np.array(circle.exterior.coords).T
    assert distances(47.9, 1.9, lats, lons).max() == pytest.approx(100, abs=2)


def test_areas_that_touch_are_one() -> None:
    assert len(area((47.9, 1.9, 600), (47.902, 1.9, 600), (48.2, 1.9, 600)).geoms) == 2
    assert area((47.9, 1.9, 600), (47.902, 1.9, 600)).contains(Point(1.9, 47.901))


def test_places_without_time_or_coordinates_have_no_area() -> None:
    lat, lon, seconds = np.array([47.9, np.nan]), np.array([1.9, 1.9]), np.array([0, 600])
    assert walked_area(lat, lon, seconds, 99, WALKING_SPEED) == []
