"""Journeys by car to a park-and-ride, then by public transport, over HTTP."""

from dataclasses import replace

import pytest
from travellers import Search, modes
from valley import BY_CAR, FARM, HALFWAY, HOSPITAL, STATION, Valley, clocks, with_car_parks


async def test_by_car_to_the_station(search: Search) -> None:
    assert (await search(Valley(), **BY_CAR))["journeys"] == []
    page = await search(with_car_parks(), **BY_CAR)
    first = page["journeys"][0]
    assert modes(first) == ["car", "walk", "rail", "walk", "tram"]
    car, walk, train = first["legs"][:3]
    assert car["duration"] == pytest.approx(car["distance"] / (30 / 3.6) + 180, abs=1)
    assert car["on_streets"] is False
    assert (car["to"]["id"], car["to"]["name"]) == ("car_park:41001-P-001", "P+R Gare de Val")
    assert walk["from"] == car["to"]
    assert walk["to"]["id"] == train["from"]["id"] == "train:val-1"
    assert (walk["arrival"], train["trip_id"]) == ("2026-03-02T08:15:00+01:00", "train:t8")
    assert car["parking"] == {
        "capacity": 120,
        "park_and_ride": 80,
        "disabled": 4,
        "free": True,
        "max_height": 210,
        "info": "Ouvert jour et nuit",
        "url": "https://val.example/parking",
    }
    assert (first["transfers"], first["walk"]) == (
        1,
        walk["distance"] + first["legs"][3]["distance"],
    )
    sentence = "En voiture de votre point de départ au parking relais P+R Gare de Val (80 places)"
    assert sentence in first["summary"]
    assert "avec le temps de vous garer ; il est gratuit." in first["summary"]
    assert page["message"] is None


async def test_an_arrival_is_searched_likewise(search: Search) -> None:
    query = {**BY_CAR, "at": "2026-03-02T10:30:00+01:00", "arrive_by": "true"}
    (last, *_) = reversed((await search(with_car_parks(), **query))["journeys"])
    assert modes(last)[0] == "car"
    assert clocks(last)[1] == "10:10"
    for window in (0, 240):
        page = await search(with_car_parks(), **query, window=window)
        assert page["journeys"][-1]["legs"] == last["legs"]


async def test_the_earliest_alone(search: Search) -> None:
    (found,) = (await search(with_car_parks(), **BY_CAR, window=0))["journeys"]
    assert (modes(found)[0], clocks(found)[1]) == ("car", "09:10")


async def test_only_who_has_a_car_drives(search: Search) -> None:
    for modes_given in ("transit", "transit,bicycle"):
        page = await search(with_car_parks(), **{**BY_CAR, "modes": modes_given})
        assert all("car" not in modes(each) for each in page["journeys"])


async def test_the_car_is_not_at_the_other_end(search: Search) -> None:
    query = {"from": "train:ville", "to": FARM, "modes": "transit,car", "window": 600}
    assert (await search(with_car_parks(), **query))["journeys"] == []


async def test_what_is_near_or_too_far_is_not_driven_to(search: Search) -> None:
    # The village has a bus to the station; its own stop is within reach on foot.
    at_stop = replace(STATION, lat=47.5801, lon=1.1501)
    page = await search(with_car_parks(at_stop), modes="transit,car")
    assert page["journeys"]
    assert all("car" not in modes(each) for each in page["journeys"])
    query = {**BY_CAR, "from": "47.3000,0.8000"}
    assert (await search(with_car_parks(), **query))["journeys"] == []


async def test_the_fastest_of_several_car_parks(search: Search) -> None:
    page = await search(with_car_parks(STATION, HALFWAY), **BY_CAR, window=120)
    parked = {each["legs"][0]["to"]["name"] for each in page["journeys"]}
    # The train of the station passes halfway, which is twenty kilometres further.
    assert parked == {"P+R Gare de Val"}
    near_halfway = {**BY_CAR, "from": "47.7600,1.5900", "window": 120}
    page = await search(with_car_parks(STATION, HALFWAY), **near_halfway)
    assert {each["legs"][0]["to"]["name"] for each in page["journeys"]} == {"Mi-chemin"}


async def test_by_wheelchair_there_are_places(search: Search) -> None:
    query = {**BY_CAR, "wheelchair": "true"}
    journey = (await search(with_car_parks(), **query))["journeys"][0]
    assert journey["legs"][0]["wheelchair"] == "yes"
    none = replace(STATION, disabled=0)
    assert (await search(with_car_parks(none), **query))["journeys"] == []
    unknown = replace(STATION, disabled=None)
    journey = (await search(with_car_parks(unknown), **BY_CAR))["journeys"][0]
    assert (journey["legs"][0]["wheelchair"], journey["wheelchair"]) == ("unknown", "unknown")


async def test_emissions_and_price(search: Search) -> None:
    journey = (await search(with_car_parks(), **BY_CAR))["journeys"][0]
    assert journey["emissions"]["unknown_legs"] == []
    # A car emits many times as much as all the rest of this journey.
    driven = journey["legs"][0]["distance"] * 0.2066
    assert driven < journey["emissions"]["co2e_g"]
    assert journey["emissions"]["nox_mg"] is None


async def test_english_and_a_price(search: Search) -> None:
    park = replace(STATION, free=False, park_and_ride=None, capacity=None)
    journey = (await search(with_car_parks(park), **BY_CAR))["journeys"][0]
    assert "P+R Gare de Val, " in journey["summary"]
    assert "avec le temps de vous garer ; il est payant." in journey["summary"]
    assert journey["fare"] is None


async def test_the_message_states_that_no_car_park_is_near(search: Search) -> None:
    none = "Aucun parking relais connu à moins de 45 minutes en voiture du point de départ."
    for query in (BY_CAR, {**BY_CAR, "wheelchair": "true"}):
        assert (await search(Valley(), **query))["message"].endswith(f"point de départ. {none}")
    page = await search(with_car_parks(replace(STATION, lat=44.0)), **BY_CAR, lang="en")
    assert "no known park-and-ride within 45 minutes by car" in page["message"]
    rolling = {**BY_CAR, "wheelchair": "true"}
    page = await search(with_car_parks(replace(STATION, disabled=0)), **rolling)
    assert "n'annonce de place pour personnes à mobilité réduite." in page["message"]
    on_foot = {**BY_CAR, "modes": "transit"}
    assert "parking" not in (await search(Valley(), **on_foot))["message"]
    assert "parking" not in (await search(with_car_parks(), **BY_CAR, via="train:ville"))["message"]


async def test_no_car_with_a_place_on_the_way(search: Search) -> None:
    page = await search(with_car_parks(), **BY_CAR, via="train:ville", window=600)
    assert page["journeys"] == []


async def test_a_hospital_near_the_car_park_is_not_driven_to(search: Search) -> None:
    # No journey goes all the way by car.
    at_hospital = replace(STATION, lat=47.9301, lon=1.9301)
    query = {**BY_CAR, "from": "47.9600,1.9900", "to": HOSPITAL}
    page = await search(with_car_parks(at_hospital), **query)
    assert page["journeys"] == []
