"""A journey by car to a park-and-ride that is followed, and found again by its id."""

import asyncio
from typing import Any

import pytest
from api_client import get
from boards import update
from hypothesis import given, settings
from hypothesis import strategies as st
from travellers import Connect, Follow, changes, comparable, forged, found_again, late, modes
from valley import BY_CAR, HALFWAY, HOSPITAL, NOW, STATION, Valley, with_car_parks

from mobilite.car_parks.domain.car_park import CarParks
from mobilite.journeys.flows.journey_query import Wishes
from mobilite.journeys.flows.plan_journeys import JourneyRequest, plan_journeys
from mobilite.rental.flows.live_rentals import RentalState
from socle.cursors import content_of
from socle.testing import sized

QUERY = {**BY_CAR, "to": HOSPITAL, "at": "2026-03-02T07:30:00+01:00"}
T8 = 'trip_id: "t8" start_date: "20260302"'


async def test_it_is_followed_from_the_farm_to_the_hospital(follow: Follow) -> None:
    traveller = await follow(with_car_parks(), QUERY)
    state = await traveller.now("07:31:00")
    journey = state["journeys"][0]
    assert (state["status"], state["possible"], modes(journey)[0]) == ("upcoming", True, "car")
    state = await traveller.now("08:00:00")
    assert state["status"] == "under_way"
    # On the road, the next place to change plans is the car park.
    assert state["whereabouts"]["place"]["id"] == STATION.id
    assert state["whereabouts"]["leg"] == 0
    state = await traveller.now("08:14:00")
    assert state["whereabouts"]["place"]["id"] == "train:val-1"
    state = await traveller.now("09:10:00")
    assert state["status"] == "arrived"


async def test_a_cancelled_train_leaves_the_next_one(follow: Follow) -> None:
    traveller = await follow(with_car_parks(), QUERY)
    await traveller.now("07:40:00")
    traveller.publish("07:41:00", update(f"{T8} schedule_relationship: CANCELED"))
    state = await traveller.now("07:41:10")
    assert (state["possible"], changes(state)) == (False, [("cancelled", 2)])
    (other, *_) = state["alternatives"]["journeys"]
    assert (modes(other)[0], other["legs"][2]["trip_id"]) == ("car", "train:t9")
    # Once parked, nobody drives on.
    state = await traveller.now("08:14:00")
    assert all("car" not in modes(each) for each in state["alternatives"]["journeys"])


async def test_a_car_park_that_is_no_longer_known(follow: Follow, connect: Connect) -> None:
    valley = with_car_parks()
    traveller = await follow(valley, QUERY)
    await traveller.now("07:40:00")
    valley.networks.park_at(CarParks((HALFWAY,)))
    state = await traveller.now("07:41:00")
    assert (state["possible"], changes(state)) == (False, [("withdrawn", 0)])
    assert state["changes"][0]["message"] == "Le parking relais P+R Gare de Val n'est plus connu."
    gone = await get(await connect(valley), f"journeys/{traveller.journey_id}", 404)
    assert "n’est plus connu" in gone["detail"]


async def test_a_parked_car_stays(follow: Follow) -> None:
    valley = with_car_parks()
    traveller = await follow(valley, QUERY)
    await traveller.now("08:14:00")
    valley.networks.park_at(CarParks())
    assert (await traveller.now("08:14:30"))["possible"]


async def test_without_a_car_park_that_is_behind_real_time_goes_on(follow: Follow) -> None:
    valley = with_car_parks()
    traveller = await follow(valley, QUERY)
    await traveller.now("08:14:00")
    valley.networks.park_at(CarParks())
    await traveller.now("08:14:30")
    traveller.publish("08:16:00", update(f"{T8}", late(120)))
    state = await traveller.now("08:16:00")
    assert (state["possible"], state["status"]) == (True, "under_way")
    assert state["journeys"][0]["legs"][2]["departure"][11:16] == "08:17"
    traveller.publish("08:17:30", update(f"{T8} schedule_relationship: CANCELED"))
    assert not (await traveller.now("08:17:30"))["possible"]


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"steps": [["car_park:other"]]}, 404),
        ({"steps": [[STATION.id]]}, 400),
        ({"wishes": {"modes": ["transit"]}}, 400),
        ({"via": ["train:ville"]}, 400),
        ({"origin": "48.9000,2.3000"}, 400),
    ],
    ids=str,
)
async def test_forged_ids_are_refused(
    follow: Follow, connect: Connect, changed: dict[str, Any], status: int
) -> None:
    valley = with_car_parks()
    traveller = await follow(valley, QUERY)
    content: Any = content_of(traveller.journey_id, 6000)
    assert content["steps"][0] == [STATION.id]
    if "steps" in changed:
        changed = {"steps": [*changed["steps"], *content["steps"][1:]]}
        if status == 400:
            changed["steps"].insert(1, changed["steps"].pop(0))
    client = await connect(valley)
    await get(client, f"journeys/{forged(traveller.journey_id, **changed)}", status)


@pytest.fixture(scope="module")
def parked() -> Valley:
    found = with_car_parks(STATION, HALFWAY)
    asyncio.run(found.refresh())
    return found


@settings(max_examples=sized(30, deep=1000), deadline=None)
@given(
    st.builds(
        lambda north, east: f"{47.62 + north:.4f},{1.25 + east:.4f}",
        st.floats(-0.1, 0.15),
        st.floats(-0.1, 0.4),
    ),
    st.integers(0, 120),
    st.booleans(),
    st.sampled_from([300, 1000, 2500]),
    st.booleans(),
)
def test_every_journey_is_rebuilt_as_it_was_found(
    parked: Valley, origin: str, minutes: int, arrive_by: bool, max_walk: int, wheelchair: bool
) -> None:
    wishes = Wishes(frozenset({"transit", "car"}), wheelchair, max_walk)
    at = int(NOW.timestamp()) + minutes * 60
    request = JourneyRequest(origin, HOSPITAL, at, arrive_by=arrive_by, wishes=wishes)
    page = plan_journeys(parked.networks.get(), request, now=NOW)
    again = found_again(page, RentalState(), NOW)
    assert [*map(comparable, again)] == [*map(comparable, page.journeys)]
