"""Journeys by bicycle to a stop or from one, over HTTP: one's own, or rented."""

import re
from typing import Any

import pytest
from bicycles import HILL, rental_valley
from boards import paris
from travellers import Search, modes
from valley import BUS, HOSPITAL, TRAIN, Valley, clocks

from mobilite.events import VehicleType
from mobilite.gtfs.domain.ids import FeedId
from mobilite.journeys.flows.bicycle_ways import BicycleWays
from mobilite.rental.flows.live_rentals import RentalFeed, RentalState

EIGHT = "2026-03-02T08:00:00+01:00"


async def test_the_ways_to_rental_stations_are_found_once_a_search(
    search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, find = list[Any](), BicycleWays.rented_to_stops

    def counted(ways: BicycleWays, origin: Any) -> Any:
        found.append(origin)
        return find(ways, origin)

    monkeypatch.setattr(BicycleWays, "rented_to_stops", counted)
    at = "2026-03-02T08:45:00+01:00"
    query = {"from": "47.9000,1.9000", "at": at, "modes": "transit,shared_bicycle"}
    await search(rental_valley(paris("08:40:00")), **query)
    assert len(found) == 1


async def test_with_the_own_bicycle_to_the_station(search: Search) -> None:
    query = {"from": HILL, "at": "2026-03-02T07:40:00+01:00"}
    assert (await search(Valley(), **query))["journeys"] == []
    page = await search(Valley(), **query, modes="rail,tram,bicycle")
    first = page["journeys"][0]
    assert modes(first) == ["bicycle", "rail", "walk", "tram"]
    bicycle = first["legs"][0]
    assert bicycle["arrival"] == "2026-03-02T08:15:00+01:00"
    assert bicycle["duration"] == pytest.approx(bicycle["distance"] / (15 / 3.6), abs=1)
    assert bicycle["to"]["id"] == "train:val-1"
    assert bicycle["on_streets"] is False
    assert (first["transfers"], first["walk"]) == (1, first["legs"][2]["distance"])
    assert "À vélo de votre point de départ à Val-sur-Cisse" in first["summary"]
    assert first["emissions"]["unknown_legs"] == []


async def test_the_own_bicycle_is_not_at_the_other_end(search: Search) -> None:
    query = {"from": "train:ville", "to": HILL, "modes": "rail,bicycle", "window": 600}
    assert (await search(Valley(), **query))["journeys"] == []


async def test_a_bicycle_aboard_rides_on(search: Search) -> None:
    query = {"from": HILL, "to": "47.9200,1.9200", "modes": "rail,bicycle"}
    assert (await search(Valley(), **query))["journeys"] == []  # Not known to take it.
    trips = TRAIN["trips.txt"].replace("accessible\n", "accessible,bikes_allowed\n")
    for trip, allowed in (("t8", 1), ("t9", 2)):
        trips = trips.replace(f"{trip},Ville,s,1", f"{trip},Ville,s,1,{allowed}")
    files = {"train": {**TRAIN, "trips.txt": trips}, "bus": BUS}
    page = await search(Valley(files=files), **query)
    (journey,) = page["journeys"]
    assert modes(journey) == ["bicycle", "rail", "bicycle"]
    assert journey["legs"][1]["trip_id"] == "train:t8"
    assert journey["walk"] == 0


async def test_by_bicycle_all_the_way(search: Search) -> None:
    query = {"from": HILL, "to": "train:val", "modes": "bicycle", "at": EIGHT}
    (journey,) = (await search(Valley(), **query))["journeys"]
    assert modes(journey) == ["bicycle"]
    assert clocks(journey)[0] == "08:00"
    assert len(set(re.findall(r"\d+ min", journey["summary"]))) == 1  # Of the journey, of its way.
    (late,) = (await search(Valley(), **query, arrive_by="true"))["journeys"]
    assert clocks(late)[1] == "08:00"


async def test_with_a_rented_bicycle_from_the_station(search: Search) -> None:
    query = {"from": "train:val", "at": EIGHT, "modes": "rail,shared_bicycle"}
    page = await search(rental_valley(paris("08:00:00")), **query)
    (journey,) = page["journeys"]
    assert modes(journey) == ["rail", "walk", "shared_bicycle", "walk"]
    bicycle = journey["legs"][2]
    assert (bicycle["from"]["id"], bicycle["from"]["name"]) == ("velo:gare", "Gare")
    assert bicycle["to"]["id"] == "velo:hopital"
    assert bicycle["rental"] == {
        "system": "Vélo Ville",
        "licence": "ODbL-1.0",
        "attribution": None,
        "vehicles_available": 3,
        "docks_available": 2,
        "rental_url": None,
    }
    riding = bicycle["distance"] / (15 / 3.6)
    assert bicycle["duration"] == pytest.approx(riding + 120, abs=1)
    times = [leg[side] for leg in journey["legs"] for side in ("departure", "arrival")]
    assert times == sorted(times)
    assert journey["fare"] is None
    assert "de la station Gare (3 à louer)" in journey["summary"]


@pytest.mark.parametrize(
    "changed",
    [
        {"age": 301},
        {"vehicles_available": 0},
        {"vehicles_available": None},
        {"is_renting": False},
        {"is_renting": None},
        {"docks_available": 0},
        {"is_returning": False},
    ],
    ids=str,
)
async def test_without_a_live_bicycle_and_place(search: Search, changed: dict[str, Any]) -> None:
    query = {"from": "train:val", "at": EIGHT, "modes": "rail,shared_bicycle"}
    page = await search(rental_valley(paris("08:00:00"), **changed), **query)
    assert page["journeys"] == []


async def test_a_scooter_is_ridden_like_a_bicycle(search: Search) -> None:
    scooter = VehicleType(
        vehicle_type_id="t", form_factor="scooter_standing", propulsion_type="electric"
    )
    scooters = rental_valley(paris("08:00:00"), types=(scooter,))
    query = {"from": "train:val", "at": EIGHT}
    (journey,) = (await search(scooters, **query, modes="rail,shared_scooter"))["journeys"]
    assert modes(journey) == ["rail", "walk", "shared_scooter", "walk"]
    assert "En trottinette en libre-service" in journey["summary"]
    assert (journey["emissions"]["unknown_legs"], journey["wheelchair"]) == ([], "no")
    assert (await search(scooters, **query, modes="rail,shared_bicycle"))["journeys"] == []


async def test_a_bicycle_goes_back_to_its_own_system(search: Search) -> None:
    two = rental_valley(paris("08:00:00"))
    feed = two.rentals.feeds[FeedId("velo")]
    assert feed.system is not None
    one, other = ({each: feed.stations[each]} for each in ("gare", "hopital"))
    system = feed.system.model_copy(update={"feed_id": "autre"})
    two.rentals = RentalState(
        {
            FeedId("velo"): RentalFeed(feed.system, one),
            FeedId("autre"): RentalFeed(system, other),
        }
    )
    query = {"from": "train:val", "at": EIGHT, "modes": "rail,shared_bicycle"}
    assert (await search(two, **query))["journeys"] == []


async def test_a_line_to_avoid_and_a_bicycle_aboard(search: Search) -> None:
    query = {"from": HILL, "at": "2026-03-02T07:40:00+01:00", "modes": "transit,bicycle"}
    assert (await search(Valley(), **query))["journeys"]
    # No vehicle is known to take it, and it does not stay at a stop.
    page = await search(Valley(), **query, bikes="true")
    assert page["journeys"] == []


async def test_rental_stations_are_not_foreseen(search: Search) -> None:
    query = {"from": "train:val", "at": EIGHT, "modes": "rail,shared_bicycle", "window": 60}
    assert (await search(rental_valley(paris("07:40:00")), **query))["journeys"] == []


async def test_plain_journeys_stay(search: Search) -> None:
    query = {"from": "train:val", "to": HOSPITAL, "at": EIGHT}
    plain = (await search(rental_valley(paris("08:00:00")), **query, modes="rail,tram"))["journeys"]
    both = await search(rental_valley(paris("08:00:00")), **query, modes="rail,tram,shared_bicycle")
    ids = {each["id"] for each in both["journeys"]}
    assert len(ids) == len(both["journeys"])
    # An id has the modes that were accepted, so the legs are compared.
    assert plain
    assert all(any(each["legs"] == one["legs"] for one in both["journeys"]) for each in plain)
    assert len(plain) < len(both["journeys"])


async def test_no_bicycle_by_wheelchair(search: Search) -> None:
    query = {"from": HILL, "at": EIGHT, "modes": "rail,tram,bicycle", "wheelchair": "true"}
    assert (await search(Valley(), **query))["journeys"] == []
