"""The freshness of a feed's real time, and the precedence of addresses."""

from typing import Any

import aiohttp
import pytest
from boards import TODAY, City, city_of_one_bus, prediction_at, update

from mobilite.sources.adapters.source_opener import SourceOpener
from mobilite.sources.ports import DESK_FEED_PATH
from socle.clock import ManualClock

ALERT = 'entity { id: "a" alert { informed_entity { route_id: "r" } } }'
LATE = "stop_time_update { stop_sequence: 1 departure { delay: 60 } }"
DESK = "http://127.0.0.1:8085"


@pytest.fixture
def city() -> City:
    return city_of_one_bus()


def network(city: City) -> dict[str, Any]:
    content: dict[str, Any] = city.board("f:s1")["feeds"][0]["real_time"]
    return content


def test_a_network_that_reports_alerts_only_has_no_real_time_and_reports_so(city: City) -> None:
    city.publish(ALERT)
    assert network(city)["state"] == "none"
    assert "seulement des alertes" in network(city)["message"]
    assert network(city)["updated_at"] is None


def test_an_address_that_fails_from_the_start_is_an_interruption(city: City) -> None:
    assert network(city)["message"].startswith("Pas de temps réel sur ce réseau")
    city.publish(ALERT, source=1)
    city.fails("f", since=city.now, source=0)
    assert network(city)["message"] == "Temps réel interrompu : horaires théoriques."
    assert network(city)["updated_at"] is None
    # An address that is known to publish alerts only lacks nothing.
    other = city_of_one_bus()
    other.publish(ALERT, source=1)
    other.fails("f", since=other.now, source=1)
    assert "seulement des alertes" in network(other)["message"]


def test_an_address_of_alerts_does_not_make_silent_predictions_live(city: City) -> None:
    city.publish(update(TODAY, LATE), source=0)
    city.wait(seconds=301)
    city.publish(ALERT, source=1)
    assert (network(city)["state"], network(city)["age"]) == ("stale", 301)
    assert prediction_at(city, "s1") == ("stale", None)


OTHER_TIMETABLE = update('trip_id: "x" start_date: "20260302"', LATE)
"""An update of a trip that is not in the timetable."""


def notes(city: City) -> list[tuple[str, int]]:
    return [(each["code"], each["count"]) for each in city.feeds()["f"]["real_time"][0]["notes"]]


def test_a_network_of_which_nothing_matches_the_timetable_reports_so(city: City) -> None:
    city.publish(OTHER_TIMETABLE)
    assert network(city)["state"] == "none"
    assert "ne correspond pas à ses horaires" in network(city)["message"]
    assert network(city)["age"] == 0
    assert notes(city) == [("nothing_matched", 1)]
    city.wait(seconds=301)
    assert network(city)["state"] == "stale"


def test_a_network_of_which_one_update_matches_is_live(city: City) -> None:
    city.publish(update(TODAY, LATE) + OTHER_TIMETABLE.replace('id: "1"', 'id: "2"'))
    assert network(city)["state"] == "live"
    assert notes(city) == []


async def test_a_decision_of_the_desk_matches_no_prediction(city: City) -> None:
    city.addresses["f", 1] = await desk_address(city)
    city.publish(update(TODAY + " schedule_relationship: CANCELED"), source=1)
    city.publish(OTHER_TIMETABLE, source=0)
    assert "ne correspond pas à ses horaires" in network(city)["message"]


async def desk_address(city: City) -> str:
    """The desk's address as the poll role opens it."""
    async with aiohttp.ClientSession() as session:
        sources = SourceOpener(session, ManualClock(city.now), desk=DESK)
        return sources.open(f"{DESK}{DESK_FEED_PATH}/f.pb").address


async def test_the_desk_makes_no_network_live(city: City) -> None:
    city.addresses["f", 1] = await desk_address(city)
    city.publish(update(TODAY + " schedule_relationship: CANCELED"), source=1)
    assert network(city)["state"] == "none"
    assert prediction_at(city, "s1") == ("cancelled", None)


async def test_what_a_person_decides_goes_before_the_word_of_the_software(city: City) -> None:
    """However the two identify the run, and whichever came last."""
    city.addresses["f", 1] = await desk_address(city)
    city.publish(update(TODAY + " schedule_relationship: CANCELED"), source=1)
    city.wait(seconds=30)
    city.publish(update(TODAY + ' start_time: "08:00:00"', LATE), source=0)
    assert prediction_at(city, "s1") == ("cancelled", None)
    city.publish("", source=1)
    assert prediction_at(city, "s1") == ("predicted", "08:01:00")
