"""A journey with a rented bicycle that is followed: stations that are empty, full or closed."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from bicycles import RENTED, rental_valley, rentals
from boards import paris, update
from hypothesis import given, settings
from hypothesis import strategies as st
from travellers import Follow, Traveller, changes, forged, late, modes
from valley import HOSPITAL, Valley, rides

from mobilite.journeys.domain.journey import CycleLeg, Rental
from mobilite.journeys.flows.followed.journey_reference import (
    JourneyReference,
    RentalReference,
    RideReference,
)
from mobilite.journeys.flows.followed.judge_journey import Judgement
from mobilite.journeys.flows.followed.show_journey import show_journey
from mobilite.journeys.flows.journey_query import Wishes
from mobilite.streams.flows.subscription import StateChange
from socle.cursors import content_of
from socle.errors import Refusal
from socle.testing import sized

A1 = 'trip_id: "a1" start_date: "20260302"'
TO_RENT = ["shared_bicycle", "velo:gare", "velo:hopital"]
WITH_TRAMS = RENTED | {"modes": "rail,tram,shared_bicycle"}


def with_bicycles() -> Valley:
    return rental_valley(paris("08:00:00"), park=True)


def stations(page: Any) -> set[tuple[str, str]]:
    """The stations between which the journeys of a page ride."""
    legs = [leg for journey in page["journeys"] for leg in journey["legs"]]
    return {(leg["from"]["id"], leg["to"]["id"]) for leg in legs if leg["rental"]}


def after_the_train(traveller: Traveller, step: Any) -> str:
    """The id of the journey of a traveller by the first train, then by a vehicle."""
    content: Any = content_of(traveller.journey_id, 6000)
    train = next(each for each in content["steps"] if each[0] == "train:t8")
    return forged(traveller.journey_id, steps=[train, step])


@pytest.mark.parametrize(
    ("changed", "lack", "french", "english"),
    [
        (
            {"vehicles_available": 0},
            "no_vehicle",
            "Rien à louer à la station Gare (vélo en libre-service).",
            "Nothing to rent at the station Gare (shared bicycle).",
        ),
        (
            {"is_renting": False},
            "not_renting",
            "La station Gare ne loue pas en ce moment (vélo en libre-service).",
            "The station Gare is not renting at the moment (shared bicycle).",
        ),
        (
            {"docks_available": 0},
            "no_dock",
            "Aucune place libre à la station Hôpital (vélo en libre-service).",
            "No free dock at the station Hôpital (shared bicycle).",
        ),
        (
            {"is_returning": False},
            "not_returning",
            "La station Hôpital ne reprend pas de véhicules en ce moment (vélo en libre-service).",
            "The station Hôpital takes no vehicles back at the moment (shared bicycle).",
        ),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
async def test_a_station_that_lacks_something_ends_the_journey(
    follow: Follow, changed: dict[str, Any], lack: str, french: str, english: str
) -> None:
    valley = with_bicycles()
    traveller = await follow(valley, WITH_TRAMS)
    traveller.journey_id = after_the_train(traveller, TO_RENT)
    assert (await traveller.now("08:01:00"))["possible"]
    valley.rentals = rentals(paris("08:20:00"), park=True, **changed)
    state = await traveller.now("08:20:00")
    assert (state["possible"], changes(state)) == (False, [(lack, 2)])
    assert state["changes"][0]["message"] == french
    assert (state["whereabouts"]["place"]["id"], state["whereabouts"]["leg"]) == ("train:mi", 0)
    assert state["alternatives"]["journeys"]
    # The live stations are those of the better plans.
    start_lacks = lack in ("no_vehicle", "not_renting")
    assert (("velo:gare", "velo:parc") in stations(state["alternatives"])) != start_lacks
    assert ("velo:gare", "velo:hopital") not in stations(state["alternatives"])
    other = await traveller.now("08:20:00", ("en",))
    assert other["changes"][0]["message"] == english


async def test_a_full_station_is_known_to_who_rides_to_it(follow: Follow) -> None:
    valley = with_bicycles()
    traveller = await follow(valley, RENTED)
    legs = (await traveller.now("08:20:00"))["journeys"][0]["legs"]
    assert legs[2]["departure"][11:16] < "08:50"
    assert (await traveller.now("08:50:00"))["possible"]
    valley.rentals = rentals(paris("08:51:00"), park=True, docks_available=0, vehicles_available=0)
    state = await traveller.now("08:51:00")
    assert (state["possible"], changes(state)) == (False, [("no_dock", 2)])
    assert state["changes"][0]["message"].endswith("Rendez-le à la station Parc.")
    where = state["whereabouts"]
    assert (where["place"]["id"], where["leg"]) == ("velo:parc", 2)
    assert where["at"] > legs[2]["arrival"]
    assert state["summary"].startswith(
        "Le trajet n'est plus possible. Le meilleur à partir de Parc"
    )
    (walk,) = state["alternatives"]["journeys"]
    assert (modes(walk), walk["departure"]) == (["walk"], where["at"])
    # It is given back there, whatever becomes of the planned station.
    valley.rentals = rentals(paris("09:20:00"), park=True)
    state = await traveller.now("09:20:00")
    assert (state["possible"], changes(state)) == (False, [("no_dock", 2)])
    assert (state["whereabouts"]["place"]["id"], state["whereabouts"]["leg"]) == ("velo:parc", None)


async def test_a_station_that_has_a_place_again_ends_nothing(follow: Follow) -> None:
    valley = with_bicycles()
    traveller = await follow(valley, RENTED)
    await traveller.now("08:50:00")
    valley.rentals = rentals(paris("08:51:00"), docks_available=0)
    state = await traveller.now("08:51:00")
    # There is no other station: people wait for a place.
    assert not state["possible"]
    assert state["whereabouts"]["place"]["id"] == "velo:hopital"
    assert "Rendez" not in state["changes"][0]["message"]
    valley.rentals = rentals(paris("08:52:00"))
    assert (await traveller.now("08:52:00"))["possible"]


async def test_the_last_bicycle_is_that_of_the_traveller(follow: Follow) -> None:
    valley = with_bicycles()
    traveller = await follow(valley, RENTED)
    assert (await traveller.now("08:45:05"))["possible"]
    valley.rentals = rentals(paris("08:52:00"), vehicles_available=0)
    for each in (traveller, traveller.another()):
        state = await each.now("08:52:00")
        assert (state["possible"], state["changes"]) == (True, [])


async def test_who_finds_no_bicycle_is_stranded(follow: Follow) -> None:
    valley = with_bicycles()
    traveller = await follow(valley, WITH_TRAMS)
    traveller.journey_id = after_the_train(traveller, TO_RENT)
    valley.rentals = rentals(paris("08:44:00"), vehicles_available=0)
    await traveller.now("08:44:00")
    for clock, tram in (("08:52:00", "bus:a1"), ("09:05:00", "bus:a2")):
        state = await traveller.now(clock)
        assert (state["possible"], changes(state)) == (False, [("no_vehicle", 2)])
        assert state["whereabouts"]["place"]["id"] == "velo:gare"
        assert rides(state["alternatives"]["journeys"][0])[-1] == tram


async def test_old_data_of_stations_decides_nothing(follow: Follow) -> None:
    valley = with_bicycles()
    traveller = await follow(valley, RENTED)
    valley.rentals = rentals(paris("08:00:00"), age=0, vehicles_available=0)
    state = await traveller.now("08:10:00")
    assert (state["possible"], state["changes"]) == (True, [])
    rental = state["journeys"][0]["legs"][2]["rental"]
    assert (rental["vehicles_available"], rental["docks_available"]) == (None, None)
    assert "de la station Gare à la station Hôpital" in state["journeys"][0]["summary"]


async def test_a_station_that_no_longer_exists(follow: Follow) -> None:
    valley = with_bicycles()
    traveller = await follow(valley, RENTED)
    await traveller.now("08:10:00")
    valley.rentals = type(valley.rentals)()
    state = await traveller.now("08:11:00")
    # Neither the one to rent at nor the one to give it back at.
    assert (state["possible"], changes(state)) == (False, [("withdrawn", 2)] * 2)
    assert state["changes"][0]["message"].startswith("La station Gare n'existe plus")
    with pytest.raises(Refusal, match="station « velo:gare » n'existe pas"):
        await traveller.another().now("08:12:00")


async def test_real_time_goes_on_after_a_station_is_removed(follow: Follow) -> None:
    """The bicycle is taken, its first station is no longer needed."""
    valley = with_bicycles()
    traveller = await follow(valley, RENTED)
    await traveller.now("08:20:00")
    valley.rentals = type(valley.rentals)()
    traveller.publish("08:40:00", update('trip_id: "t8" start_date: "20260302"', late(300)))
    state = await traveller.now("08:40:00")
    assert changes(state)[0] == ("withdrawn", 2)
    assert state["journeys"][0]["legs"][0]["departure"][11:16] == "08:20"


async def test_a_change_of_the_stations_is_seen_without_one_of_the_timetables(
    follow: Follow,
) -> None:
    valley = with_bicycles()
    traveller = await follow(valley, RENTED)
    await traveller.now("08:10:00")
    assert traveller.journey is not None
    state = valley.networks.state
    unchanged = StateChange(state, state, valley.clock.now(), valley.clock.monotonic())
    assert not traveller.journey.due(unchanged)
    valley.rentals = rentals(paris("08:10:00"), vehicles_available=0)
    assert traveller.journey.due(unchanged)
    valley.rentals = rentals(paris("09:30:00"))
    await traveller.now("09:30:00")
    valley.rentals = rentals(paris("09:31:00"))
    # The bicycle is given back.
    assert not traveller.journey.due(unchanged)


async def test_a_cancelled_tram_is_replaced_by_a_bicycle_for_rent(follow: Follow) -> None:
    valley = with_bicycles()
    traveller = await follow(valley, WITH_TRAMS)
    tram = ["bus:a1", "20260302", None, "parvis", 1, "hopital", 2, False]
    traveller.journey_id = after_the_train(traveller, tram)
    valley.city.publish(update(f"{A1} schedule_relationship: CANCELED"), "bus")
    valley.rentals = rentals(paris("08:46:00"))
    state = await traveller.now("08:46:00")
    assert not state["possible"]
    assert ("velo:gare", "velo:hopital") in stations(state["alternatives"])
    valley.rentals = rentals(paris("08:46:00"), vehicles_available=0)
    assert not stations((await traveller.now("08:46:01"))["alternatives"])


Stations = st.fixed_dictionaries(
    {
        "vehicles_available": st.sampled_from([None, 0, 1, 3]),
        "docks_available": st.sampled_from([None, 0, 1, 3]),
        "is_renting": st.booleans(),
        "is_returning": st.booleans(),
        "age": st.sampled_from([10, 60, 900]),
        "park": st.booleans(),
    }
)


@pytest.fixture(scope="module")
def planned() -> tuple[Valley, JourneyReference]:
    """A valley, and the reference of a journey with a rented bicycle."""
    valley = with_bicycles()
    asyncio.run(valley.refresh())
    wishes = Wishes(frozenset({"rail", "tram", "shared_bicycle"}))
    train = RideReference("train:t8", "20260302", None, "val-1", 1, "ville-2", 3, False)
    rental = RentalReference("shared_bicycle", "velo:gare", "velo:hopital")
    return valley, JourneyReference("train:val", HOSPITAL, (train, rental), wishes=wishes)


@settings(max_examples=sized(25, deep=600), deadline=None)
@given(st.lists(st.tuples(st.integers(60, 1200), Stations), min_size=1, max_size=6))
def test_a_journey_is_possible_as_far_as_its_stations_are_known(
    planned: tuple[Valley, JourneyReference], states: list[tuple[int, dict[str, Any]]]
) -> None:
    """Whatever the stations report and when: nobody is sent to one that lacks what they need."""
    valley, reference = planned
    before: Judgement | None = None
    now = paris("08:00:00")
    for seconds, reported in states:
        now += timedelta(seconds=seconds)
        state = rentals(now, **dict(reported))
        journey = show_journey(valley.networks.get(), state, reference, now=now, before=before)
        judgement, instant = journey.judgement, int(now.timestamp())
        rental, place = judgement.rebuilt.rides[1], judgement.whereabouts
        known = reported["age"] <= 300
        empty = not (reported["vehicles_available"] and reported["is_renting"])
        full = not (reported["docks_available"] and reported["is_returning"])
        if known and instant < rental.leg.departure:
            assert judgement.possible == (not empty and not full)
        if known and full and instant < rental.leg.arrival:
            assert not judgement.possible
        assert (journey.alternatives is None) == (judgement.possible or place is None)
        assert place is None or place.instant >= instant
        for other in journey.alternatives.journeys if journey.alternatives else ():
            for each in other.legs:
                assert not isinstance(each, CycleLeg) or (known and _is_usable(each.rental))
        if before is not None:
            assert judgement.progress.boarded >= before.progress.boarded
            if before.progress.put_off and instant >= rental.leg.arrival:
                assert judgement.progress.put_off
        before = judgement


def _is_usable(rental: Rental | None) -> bool:
    return rental is not None and bool(rental.taken.vehicles and rental.given_back.places)
