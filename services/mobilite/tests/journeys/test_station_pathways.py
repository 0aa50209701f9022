"""Journeys through a station with pathways: its lift, its steps, an alert about the lift."""

from collections.abc import Sequence
from typing import Any

import pytest
from api_client import get
from boards import paris
from stations import (
    HALL,
    LIFT,
    RAMP,
    SOUTH,
    STAIRS,
    closing_alert,
    lift_alert,
    valley_below_ground,
)
from travellers import Traveller
from valley import HOSPITAL, VILLAGE, Valley

ALL = {"from": VILLAGE, "to": HOSPITAL, "max_walk": 200}
ROLLING = {**ALL, "wheelchair": "true"}


def change(page: Any) -> Any:
    """The way from the train to the tram of the first journey."""
    legs = page["journeys"][0]["legs"]
    return next(leg for leg in legs if leg["from"]["id"] == "train:ville-2")


def texts(steps: Sequence[Any]) -> list[str]:
    return [step["text"] for step in steps]


async def test_the_change_goes_along_pathways_and_through_the_exit(search: Any) -> None:
    leg = change(await search(valley_below_ground(STAIRS, LIFT, HALL), **ALL))
    assert leg["mode"] == "walk"
    assert texts(leg["steps"]) == [
        "escalier (24 marches à monter), suivre « Sortie »",
        "couloir",
        "sortie « Parvis nord »",
    ]
    assert [step["mode"] for step in leg["steps"]] == ["stairs", "walkway", "exit"]
    assert (leg["steps"][0]["stairs"], leg["steps"][1]["distance"]) == (24, 50)
    # Inside: 80 s; in the street a few metres, which alone count as walking.
    assert 0 < leg["distance"] < 30
    assert leg["duration"] == 80 + -(-leg["distance"] // 1.25)
    assert len(leg["geometry"]["coordinates"]) == 3


async def test_the_sentences_name_the_steps(search: Any) -> None:
    page = await search(valley_below_ground(LIFT, HALL), lang="en", **ALL)
    assert (
        ": lift, follow “Sortie”, corridor, exit “Parvis nord”." in page["journeys"][0]["summary"]
    )


async def test_a_wheelchair_takes_the_lift(search: Any) -> None:
    page = await search(valley_below_ground(STAIRS, LIFT, HALL), **ROLLING)
    leg = change(page)
    assert [step["mode"] for step in leg["steps"]] == ["elevator", "walkway", "exit"]
    assert leg["wheelchair"] == "yes"
    assert leg["alerts"] == []


@pytest.mark.parametrize("about", ["ville", "haut", "ville-2"])
async def test_a_lift_out_of_order_is_not_promised(search: Any, about: str) -> None:
    case = valley_below_ground(STAIRS, LIFT, HALL)
    case.city.publish(lift_alert(about), "train")
    page = await search(case, **ROLLING)
    leg = change(page)
    assert leg["wheelchair"] == page["journeys"][0]["wheelchair"] == "unknown"
    assert leg["alerts"] == [page["alerts"][0]["id"]]


async def test_another_way_without_steps_is_taken_instead(search: Any) -> None:
    case = valley_below_ground(STAIRS, LIFT, HALL, RAMP)
    assert change(await search(case, **ROLLING))["steps"][0]["mode"] == "elevator"
    case.city.publish(lift_alert("haut"), "train")
    leg = change(await search(case, **ROLLING))
    assert [step["mode"] for step in leg["steps"]] == ["walkway", "exit"]
    assert leg["wheelchair"] == "yes"
    assert leg["alerts"], "why the lift is not taken"
    case.city.publish("", "train")
    assert change(await search(case, **ROLLING))["steps"][0]["mode"] == "elevator"


async def test_by_stairs_alone_a_wheelchair_does_not_change(search: Any) -> None:
    case = valley_below_ground(STAIRS, HALL)
    page = await search(case, **ROLLING)
    assert page["journeys"] == []
    page = await search(case, **ALL)
    assert page["journeys"][0]["wheelchair"] == change(page)["wheelchair"] == "no"


async def test_a_longer_way_of_a_wheelchair_is_in_doubt_at_a_change_alone(search: Any) -> None:
    case = valley_below_ground(STAIRS, LIFT, HALL)
    assert change(await search(case, **ALL))["wheelchair"] == "unknown"
    query = {"from": "train:val", "to": "47.9003,1.9003", "max_walk": 200}
    page = await search(case, **query)
    assert change(page)["steps"][0]["mode"] == "stairs"
    assert change(page)["wheelchair"] == page["journeys"][0]["wheelchair"] == "yes"


async def test_a_traveller_leaves_for_a_point_by_the_exit(search: Any) -> None:
    query = {"from": "train:val", "to": "47.9003,1.9003", "max_walk": 200}
    page = await search(valley_below_ground(STAIRS, HALL), **query)
    assert texts(change(page)["steps"])[-1] == "sortie « Parvis nord »"
    # The only way out is an entrance: nothing leaves.
    inwards = HALL.replace("haut,nord,1,1", "nord,haut,1,0")
    assert (await search(valley_below_ground(STAIRS, inwards), **query))["journeys"] == []


async def test_steps_are_empty_elsewhere(search: Any) -> None:
    page = await search(Valley(), **ALL)
    assert all(leg["steps"] == [] for each in page["journeys"] for leg in each["legs"])
    assert change(page)["wheelchair"] is None


async def test_a_followed_journey_reports_the_lift(search: Any) -> None:
    case = valley_below_ground(STAIRS, LIFT, HALL)
    traveller = Traveller(case)
    traveller.journey_id = (await search(case, **ROLLING))["journeys"][0]["id"]
    case.city.publish(lift_alert("haut"), "train")
    for language, words in (("fr", "Perturbation, à pied"), ("en", "Disruption, on foot")):
        state = await traveller.now("07:41:00", (language,))
        assert state["possible"]
        (alert,) = state["changes"]
        assert (alert["type"], alert["message"].partition(":")[0].strip()) == ("alert", words)


async def test_a_wheelchair_is_as_fast_as_who_walks(search: Any) -> None:
    page = await search(valley_below_ground(LIFT, HALL), walk_speed=8, **ALL)
    assert change(page)["wheelchair"] == "yes"


TOMORROW = {"at": "2026-03-03T07:40:00+01:00"}
MIDNIGHT = int(paris("00:00:00", "2026-03-03").timestamp())


async def test_a_lift_repaired_by_then_is_taken(search: Any) -> None:
    """The way is that of the day of the journey, not that of now."""
    case = valley_below_ground(STAIRS, LIFT, HALL, RAMP)
    case.city.publish(lift_alert("haut", end=MIDNIGHT), "train")
    assert change(await search(case, **ROLLING))["steps"][0]["mode"] == "walkway"
    leg = change(await search(case, **(ROLLING | TOMORROW)))
    assert (leg["steps"][0]["mode"], leg["wheelchair"], leg["alerts"]) == ("elevator", "yes", [])


async def test_a_lift_out_of_order_tomorrow_is_avoided_then(search: Any, connect: Any) -> None:
    case = valley_below_ground(STAIRS, LIFT, HALL, RAMP)
    case.city.publish(lift_alert("haut", start=MIDNIGHT), "train")
    assert change(await search(case, **ROLLING))["steps"][0]["mode"] == "elevator"
    page = await search(case, **(ROLLING | TOMORROW))
    leg = change(page)
    assert (leg["steps"][0]["mode"], leg["wheelchair"]) == ("walkway", "yes")
    assert leg["alerts"]
    state = await get(await connect(case), f"journeys/{page['journeys'][0]['id']}")
    assert change(state) == leg


async def test_a_closed_entrance_is_not_passed(search: Any) -> None:
    case = valley_below_ground(STAIRS, HALL, SOUTH)
    assert texts(change(await search(case, **ALL))["steps"])[-1] == "sortie « Parvis nord »"
    case.city.publish(closing_alert("nord", end=MIDNIGHT), "train")
    page = await search(case, **ALL)
    assert texts(change(page)["steps"])[-1] == "sortie « Parvis sud »"
    assert change(page)["alerts"] == [page["alerts"][0]["id"]]
    leg = change(await search(case, **(ALL | TOMORROW)))
    assert (texts(leg["steps"])[-1], leg["alerts"]) == ("sortie « Parvis nord »", [])
    only = valley_below_ground(STAIRS, HALL)
    only.city.publish(closing_alert("nord"), "train")
    assert (await search(only, **ALL))["journeys"] == []
