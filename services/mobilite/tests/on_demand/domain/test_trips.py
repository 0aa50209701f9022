"""What is read of a feed that has too much."""

import json
from typing import Any

import pytest
from cities import timetable_from_text
from on_demand import FLEX_ONLY, MIXED

from mobilite.on_demand.domain.trips import OnDemandTrips


def read(files: dict[str, str]) -> OnDemandTrips:
    return OnDemandTrips(timetable_from_text(files))


def trip_ids(trips: OnDemandTrips) -> list[str]:
    return [ride.trip.trip_id for ride in trips.rides]


def test_every_ride_of_a_small_feed() -> None:
    trips = read(MIXED)
    assert trip_ids(trips) == ["zone", "groupe"]
    assert not trips.is_incomplete


@pytest.mark.parametrize(
    ("bound", "most", "left"),
    [
        ("MOST_RIDES", 1, ["zone"]),
        ("MOST_ZONES", 0, ["groupe"]),
        ("MOST_POSITIONS", 4, ["groupe"]),
    ],
)
def test_beyond_a_bound_the_rest_is_left_out(
    monkeypatch: pytest.MonkeyPatch, bound: str, most: int, left: list[str]
) -> None:
    monkeypatch.setattr(f"mobilite.on_demand.domain.trips.{bound}", most)
    trips = read(MIXED)
    assert trip_ids(trips) == left
    assert trips.is_incomplete


def test_the_first_stops_of_a_large_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mobilite.on_demand.domain.trips.MOST_GROUP_STOPS", 1)
    trips = read(MIXED)
    assert trips.rides[-1].drop_off.stops == (trips.timetable.stop_ids.index_of("s5"),)
    assert trips.is_incomplete


def test_positions_of_all_zones_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mobilite.on_demand.domain.trips.MOST_POSITIONS", 9)
    collection: Any = json.loads(FLEX_ONLY["locations.geojson"])
    other = {**collection["features"][0], "id": "autre"}
    collection["features"].append(other)
    trips = read({**FLEX_ONLY, "locations.geojson": json.dumps(collection)})
    assert trips.is_incomplete
    assert trip_ids(trips) == ["zone"]
