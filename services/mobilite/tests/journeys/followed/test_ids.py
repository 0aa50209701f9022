"""The ids of journeys by bicycle and on demand: found again, and refused where they are forged."""

from collections.abc import Callable
from typing import Any

import pytest
from api_client import get
from bicycles import HILL, RENTED, rental_valley
from boards import paris
from plateau import FARM, FROM_FARM, OTHER_FARM, VANS, plateau
from travellers import Connect, Follow, forged, modes
from valley import HOSPITAL, TAKING_BICYCLES, Valley

from socle.cursors import content_of

EIGHT = "2026-03-02T08:00:00+01:00"
TO_FARM = {"from": "train:val", "to": FARM, "at": "2026-03-02T14:00:00+01:00", "window": "600"}
WITHIN = {
    **VANS,
    "stop_times.txt": VANS["stop_times.txt"].replace("aller,,,gare,2", "aller,,plateau,,2"),
}
"""A van within the zone alone."""


def with_bicycles() -> Valley:
    return rental_valley(paris("08:00:00"), park=True)


def aboard() -> Valley:
    return Valley(files=TAKING_BICYCLES)


def within() -> Valley:
    return plateau(vans=WITHIN)


def in_the_afternoon() -> Valley:
    return plateau(paris("13:30:00"))


@pytest.mark.parametrize(
    ("make", "query", "means"),
    [
        (Valley, {"from": HILL, "to": HOSPITAL, "modes": "transit,bicycle"}, "bicycle"),
        (Valley, {"from": HILL, "to": "train:val", "modes": "bicycle"}, "bicycle"),
        (
            Valley,
            {"from": HILL, "to": "train:val", "modes": "bicycle", "arrive_by": "true"},
            "bicycle",
        ),
        (aboard, {"from": HILL, "to": "47.9200,1.9200", "modes": "rail,bicycle"}, "bicycle"),
        (with_bicycles, RENTED, "shared_bicycle"),
        (with_bicycles, {**RENTED, "walk_speed": "3"}, "shared_bicycle"),
        (with_bicycles, {**RENTED, "from": "47.9003,1.9003"}, "shared_bicycle"),
        (with_bicycles, {**RENTED, "from": "47.9002,1.9002", "to": "47.93,1.93"}, "shared_bicycle"),
        (plateau, FROM_FARM, "on_demand"),
        (plateau, {**FROM_FARM, "walk_speed": "3"}, "on_demand"),
        (
            plateau,
            {"from": FARM, "to": HOSPITAL, "at": "2026-03-02T10:30:00+01:00", "arrive_by": "true"},
            "on_demand",
        ),
        (in_the_afternoon, TO_FARM, "on_demand"),
        (in_the_afternoon, {**TO_FARM, "from": "bus:gare"}, "on_demand"),
        (within, {"from": FARM, "to": OTHER_FARM, "at": EIGHT}, "on_demand"),
    ],
)
async def test_every_journey_is_found_again(
    connect: Connect, make: Callable[[], Valley], query: dict[str, str], means: str
) -> None:
    client = await connect(make())
    page = await get(client, "journeys", **({"at": EIGHT} | query))
    assert any(means in modes(journey) for journey in page["journeys"])
    for found in page["journeys"]:
        state = await get(client, f"journeys/{found['id']}")
        (journey,) = state["journeys"]
        assert {**journey, "reasons": []} == {**found, "reasons": []}
        assert (state["possible"], state["changes"], state["alternatives"]) == (True, [], None)


async def test_forged_rentals_are_refused(connect: Connect, follow: Follow) -> None:
    valley = with_bicycles()
    known = (await follow(valley, RENTED)).journey_id
    content: Any = content_of(known, 6000)
    train, rental = content["steps"]
    mode, start, end = rental
    assert (mode, start, end) == ("shared_bicycle", "velo:gare", "velo:hopital")
    tram = ["bus:a1", "20260302", None, "parvis", 1, "hopital", 2, False]
    wrong = {
        400: [
            forged(known, wishes={"modes": ["rail"]}),
            forged(known, wishes={"modes": ["rail", "shared_bicycle"], "wheelchair": True}),
            forged(known, steps=[train, [mode, start, start]]),
            forged(known, steps=[train, ["shared_car", start, end]]),
            forged(known, steps=[train, rental, rental]),
            forged(known, steps=[rental, train]),  # not near the origin
            forged(known, steps=[train, tram, rental]),  # nor near the end of the tram
            forged(known, steps=[train, rental, "bicycle"]),
            forged(known, steps=[train, "scooter"]),
        ],
        404: [
            forged(known, steps=[train, [mode, start, "velo:nowhere"]]),
            forged(known, steps=[train, [mode, "nowhere", end]]),
        ],
    }
    client = await connect(valley)
    for status, ids in wrong.items():
        for each in ids:
            assert (await get(client, f"journeys/{each}", status))["detail"]


async def test_forged_vans_and_bicycles_are_refused(connect: Connect, follow: Follow) -> None:
    valley = plateau()
    known = (await follow(valley, FROM_FARM)).journey_id
    content: Any = content_of(known, 6000)
    van, *others = content["steps"]
    trip, day, departure, start, end = van
    assert (trip, day, start, end) == ("tad:aller", "20260302", None, "tad:halte")
    bicycles = {"modes": ["bicycle", "transit"]}
    wrong = {
        400: [
            forged(known, wishes={"modes": ["rail", "tram"]}),
            forged(known, via=["train:mi"]),
            forged(known, steps=["bicycle", *others]),
            forged(known, steps=["bicycle", "bicycle", *others], wishes=bicycles),
            forged(known, steps=["bicycle", van, *others], wishes=bicycles),
            forged(known, steps=[[trip, "20261341", departure, start, end], *others]),
            forged(known, steps=[[trip, day, -1, start, end], *others]),
            forged(known, departure=departure),
        ],
        404: [
            forged(known, steps=[[trip, day, departure + 86400, start, end], *others]),
            forged(known, steps=[[trip, "20260307", departure, start, end], *others]),
            forged(known, steps=[["tad:retour", day, departure, start, end], *others]),
            forged(known, steps=[[trip, day, departure, "tad:halte", end], *others]),
            forged(known, steps=[[trip, day, departure, start, "tad:nowhere"], *others]),
            forged(known, steps=[[trip, day, departure, start, None], *others]),
        ],
        410: [forged(known, steps=[[trip, "20250303", departure, start, end], *others])],
    }
    client = await connect(valley)
    for status, ids in wrong.items():
        for each in ids:
            assert (await get(client, f"journeys/{each}", status))["detail"]
