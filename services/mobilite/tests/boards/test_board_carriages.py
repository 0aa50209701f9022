"""The carriages of the vehicles that serve the departures of a board."""

from typing import Any
from weakref import WeakKeyDictionary

import pytest
from boards import TODAY, City, paris, update
from cities import LINE

from mobilite.boards.api.rendering import board_json
from mobilite.boards.flows.show_departures import get_board

CARRIAGES = """
multi_carriage_details { label: "1" occupancy_status: FULL }
multi_carriage_details { label: "2" occupancy_status: EMPTY }
"""


def vehicle(name: str, *, seconds_ago: int = 10, carriages: str = CARRIAGES) -> str:
    """One entity: a vehicle that serves the bus of today."""
    measured = int(paris("07:59:00").timestamp()) - seconds_ago
    return f"""entity {{ id: "{name}" vehicle {{ trip {{ {TODAY} }} vehicle {{ id: "{name}" }}
      position {{ latitude: 47.9 longitude: 1.9 }} timestamp: {measured} {carriages} }} }}"""


@pytest.fixture
def city() -> City:
    city = City(now=paris("07:59:00"))
    city.schedule(LINE)
    return city


def occupancies(line: Any) -> list[str]:
    return [each["occupancy"] for each in line["carriages"]]


@pytest.mark.parametrize("more", ["", update(TODAY, "stop_time_update { stop_sequence: 1 }")])
def test_a_departure_has_the_carriages_of_its_vehicle(city: City, more: str) -> None:
    city.publish(vehicle("v") + more)
    today, tomorrow = city.departures("f:s1", limit=2)
    assert occupancies(today) == ["full", "empty"]
    assert occupancies(tomorrow) == []


def test_of_two_vehicles_the_one_seen_last_counts(city: City) -> None:
    other = CARRIAGES.replace("FULL", "STANDING_ROOM_ONLY")
    city.publish(vehicle("v") + vehicle("w", seconds_ago=20, carriages=other))
    assert occupancies(city.first("f:s1")) == ["full", "empty"]


def test_a_vehicle_not_seen_for_long_or_withdrawn_has_none(city: City) -> None:
    city.publish(vehicle("v", seconds_ago=301))
    assert occupancies(city.first("f:s1")) == []
    city.publish(vehicle("v"))
    city.publish("")
    assert occupancies(city.first("f:s1")) == []


@pytest.mark.parametrize("variant", ["CANCELED", "SCHEDULED"])
def test_a_call_that_is_not_served_has_none(city: City, variant: str) -> None:
    skipped = "stop_time_update { stop_sequence: 1 schedule_relationship: SKIPPED }"
    city.publish(vehicle("v") + update(f"{TODAY} schedule_relationship: {variant}", skipped))
    assert occupancies(city.first("f:s1")) == []


def test_texts_are_in_the_language_of_the_reader(city: City) -> None:
    city.publish(vehicle("v"))
    board = get_board(city.live.state, "f:s1", now=city.now, limit=1)
    for language, texts in {"fr": ["complet", "vide"], "en": ["full", "empty"]}.items():
        content = board_json(city.live.state, board, WeakKeyDictionary(), (language,))
        carriages = content["departures"][0]["carriages"]
        assert [each["occupancy_text"] for each in carriages] == texts
