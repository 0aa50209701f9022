"""A journey with a ride on demand or the own bicycle that is followed: bookings, and plans."""

from typing import Any

import pytest
from api_client import get
from bicycles import HILL
from boards import paris, update
from plateau import FARM, FROM_FARM, VANS, plateau
from travellers import Connect, Follow, changes, late, modes
from valley import HOSPITAL, TAKING_BICYCLES, TRAIN, VILLAGE, Valley, rides

from socle.cursors import content_of
from socle.errors import Refusal

T8, A1 = (f'trip_id: "{trip}" start_date: "20260302"' for trip in ("t8", "a1"))
CANCELED = "schedule_relationship: CANCELED"


def wished(state: Any) -> Any:
    """The wishes of the first better plan."""
    content: Any = content_of(state["alternatives"]["journeys"][0]["id"], 6000)
    return content["wishes"]


async def test_a_bicycle_at_the_station_is_no_longer_with_its_owner(follow: Follow) -> None:
    query = {"from": HILL, "to": HOSPITAL, "at": "2026-03-02T07:40:00+01:00"}
    valley = Valley()
    traveller = await follow(valley, query | {"modes": "transit,bicycle"})
    state = await traveller.now("07:45:00")
    assert modes(state["journeys"][0])[:2] == ["bicycle", "rail"]
    valley.city.publish(update(f"{A1} {CANCELED}"), "bus")
    # Before the train leaves it is: better plans can use it.
    assert wished(await traveller.now("07:50:00"))["modes"] == ["bicycle", "transit"]
    state = await traveller.now("08:20:00")
    assert (state["whereabouts"]["place"]["id"], changes(state)) == ("train:mi", [("cancelled", 3)])
    assert wished(state)["modes"] == ["transit"]
    assert all("bicycle" not in modes(each) for each in state["alternatives"]["journeys"])


async def test_a_bicycle_aboard_stays_with_its_owner(connect: Connect, follow: Follow) -> None:
    valley = Valley(files=TAKING_BICYCLES)
    query = {"from": HILL, "to": "47.9200,1.9200", "modes": "rail,bicycle"}
    query["at"] = "2026-03-02T08:00:00+01:00"
    traveller = await follow(valley, query)
    assert (await traveller.now("08:20:00"))["possible"]
    valley.city.publish(update(f"{T8} {CANCELED}"), "train")
    state = await traveller.now("08:21:00")
    assert state["whereabouts"]["place"]["id"] == "train:mi"
    assert wished(state)["bicycle_aboard"]
    (other,) = state["alternatives"]["journeys"]
    assert modes(other) == ["rail", "bicycle"]
    client = await connect(valley)
    assert (await get(client, f"journeys/{other['id']}"))["possible"]


async def test_a_van_that_can_no_longer_be_booked(follow: Follow) -> None:
    valley = plateau()
    traveller = await follow(valley, FROM_FARM)
    state = await traveller.now("17:00:00", day="2026-02-27")
    assert (state["possible"], state["changes"]) == (True, [])
    state = await traveller.now("17:00:01", day="2026-02-27")
    # Who has booked it can make the journey.
    assert (state["possible"], changes(state)) == (True, [("booking_closed", 0)])
    assert state["changes"][0]["message"] == (
        "Il est trop tard pour réserver : transport à la demande Navette de "
        f"{_clock(state)}, de votre point de départ à Gare de Val. Si vous avez réservé, rien ne "
        "change."
    )
    assert state["summary"].startswith("Il fallait réserver ce trajet. Si c'est fait : arrivée à ")
    assert state["alternatives"] is not None
    english = await traveller.now("17:00:01", languages=("en",), day="2026-02-27")
    assert english["changes"][0]["message"].startswith("It is too late to book: ")
    # Aboard nothing is left to book.
    state = await traveller.now("07:59:30", day="2026-03-02")
    assert state["status"] == "under_way"
    assert (state["changes"], state["alternatives"]) == ([], None)


def _clock(state: Any) -> str:
    departure: str = state["journeys"][0]["legs"][0]["departure"]
    return departure[11:16]


@pytest.mark.parametrize(
    "other",
    [
        VANS["stop_times.txt"].replace("aller,,plateau,,1,07:00:00,12:00:00", "aller,,,gare,1,,"),
        VANS["stop_times.txt"].replace("12:00:00", "07:05:00"),
        VANS["stop_times.txt"].replace("aller,", "autre,"),
    ],
    ids=["zone", "hours", "trip"],
)
async def test_a_van_that_no_longer_runs(follow: Follow, other: str) -> None:
    valley = plateau()
    traveller = await follow(valley, FROM_FARM)
    assert (await traveller.now("10:00:00", day="2026-02-27"))["possible"]
    valley.city.schedule({**VANS, "stop_times.txt": other}, "tad")
    state = await traveller.now("10:01:00", day="2026-02-27")
    assert (state["possible"], changes(state)) == (False, [("withdrawn", 0)])
    assert state["changes"][0]["message"].startswith("N'est plus aux horaires : transport à la d")
    with pytest.raises(Refusal, match="n'existe pas"):
        await traveller.another().now("10:02:00", day="2026-02-27")


async def test_a_van_whose_stop_is_closed(follow: Follow) -> None:
    valley = plateau()
    traveller = await follow(valley, FROM_FARM)
    valley.city.publish(
        'entity { id: "x" alert { effect: NO_SERVICE informed_entity { stop_id: "halte" } } }',
        feed_id="tad",
    )
    state = await traveller.now("10:01:00", day="2026-02-27")
    assert not state["possible"]
    assert ("closed_stop", 0) in changes(state)


async def test_who_is_in_the_van_changes_plans_where_it_ends(follow: Follow) -> None:
    valley = plateau(paris("16:00:00", "2026-02-27"))
    traveller = await follow(valley, FROM_FARM)
    van = (await traveller.now("07:30:00", day="2026-03-02"))["journeys"][0]["legs"][0]
    aboard = van["departure"][11:19]
    assert (await traveller.now(aboard, day="2026-03-02"))["possible"]
    valley.city.publish(update(f"{T8} {CANCELED}"), "train")
    state = await traveller.now(aboard, day="2026-03-02")
    assert (state["possible"], changes(state)) == (False, [("cancelled", 2)])
    where = state["whereabouts"]
    assert (where["place"]["id"], where["leg"], where["at"]) == ("tad:halte", 0, van["arrival"])
    assert "train:t9" in rides(state["alternatives"]["journeys"][0])


async def test_who_is_late_for_a_van_misses_it(follow: Follow) -> None:
    back = "b8,13:50:00,13:50:00,mi,1\nb8,14:10:00,14:10:00,val-1,2\n"
    train = {
        **TRAIN,
        "trips.txt": TRAIN["trips.txt"] + "ter,daily,b8,Val,s,1\n",
        "stop_times.txt": TRAIN["stop_times.txt"] + back,
    }
    valley = Valley(now=paris("10:00:00"), files={"train": train, "tad": VANS})
    query = {"from": "train:mi", "to": FARM, "at": "2026-03-02T13:00:00+01:00"}
    traveller = await follow(valley, query)
    assert (await traveller.now("13:20:00"))["possible"]
    traveller.publish("13:40:00", update('trip_id: "b8" start_date: "20260302"', late(900)))
    state = await traveller.now("13:40:00")
    assert not state["possible"]
    assert "missed_connection" in [each for each, _ in changes(state)]
    # The same van can be booked for later, an hour before.
    (other, *_) = state["alternatives"]["journeys"]
    assert modes(other)[-1] == "on_demand"
    assert other["legs"][-1]["booking"]["until"] >= "2026-03-02T13:40:00+01:00"


async def test_who_was_put_off_does_not_board_the_next_ride(follow: Follow) -> None:
    valley = Valley()
    traveller = await follow(
        valley, {"from": VILLAGE, "to": HOSPITAL, "at": "2026-03-02T07:40:00+01:00"}
    )
    await traveller.now("08:20:00")
    valley.city.publish(update(f"{T8} {CANCELED}"), "train")
    await traveller.now("08:22:00")
    state = await traveller.now("09:11:00")
    assert (state["possible"], state["status"]) == (False, "under_way")
    assert state["whereabouts"]["place"]["id"] == "train:mi"
