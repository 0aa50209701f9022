"""Journeys with a demand-responsive ride at their start or end, over HTTP."""

import json
from collections import Counter
from typing import Any

import pytest
from boards import paris
from plateau import FARM, FRIDAY, OTHER_FARM, VANS, WOOD, plateau
from travellers import Search, modes
from valley import HOSPITAL, TRAIN, Valley, clocks

from mobilite.on_demand.domain.zones import Zone

MONDAY = "2026-03-02T{}+01:00"


async def test_from_a_farm_to_the_hospital(search: Search) -> None:
    page = await search(plateau(), **{"from": FARM, "at": MONDAY.format("07:00:00")})
    first = page["journeys"][0]
    assert modes(first) == ["on_demand", "walk", "rail", "walk", "tram"]
    assert first["transfers"] == 2
    van, walk, train = first["legs"][:3]
    assert (van["from"]["lat"], van["from"]["lon"], van["from"]["id"]) == (47.64, 1.1, None)
    assert (van["to"]["id"], van["trip_id"]) == ("tad:halte", "tad:aller")
    assert van["arrival"] <= walk["departure"]
    assert walk["arrival"] == train["departure"] == "2026-03-02T08:15:00+01:00"
    assert van["route"]["short_name"] == "Navette"
    assert (van["wheelchair"], van["on_streets"], van["state"]) == ("yes", False, "scheduled")
    assert van["booking"] == {
        "until": "2026-02-27T17:00:00+01:00",
        "opens": None,
        "text": "À réserver avant le 27/02/2026 à 17:00 au 02 54 11 22 33 ou sur "
        "https://navette.example/reserver.",
        "message": "Annulez si vous ne venez pas.",
        "phone": "02 54 11 22 33",
        "info_url": None,
        "booking_url": "https://navette.example/reserver",
    }
    assert van["booking"]["text"] in first["summary"]
    assert first["emissions"]["co2e_g"] is None
    assert 0 in first["emissions"]["unknown_legs"]
    assert first["fare"] is None
    assert "tad" in [feed["id"] for feed in page["feeds"]]


async def test_the_ride_takes_the_time_of_a_car_and_what_the_operator_adds(search: Search) -> None:
    page = await search(plateau(), **{"from": FARM, "at": MONDAY.format("07:00:00")})
    van = page["journeys"][0]["legs"][0]
    by_car = van["distance"] / (30 / 3.6)
    assert by_car + 300 <= van["duration"] < by_car + 301


@pytest.mark.parametrize(
    ("wish", "found"),
    [
        ({"modes": "transit"}, True),
        ({"modes": "rail,tram"}, False),
        ({"banned_routes": "tad:n"}, False),
        ({"bikes": "true"}, False),
        ({"walk_speed": "3"}, True),
    ],
    ids=str,
)
async def test_wishes_hold_for_vans_too(search: Search, wish: Any, found: bool) -> None:
    page = await search(plateau(), **{"from": FARM, "at": MONDAY.format("07:00:00")}, **wish)
    assert bool(page["journeys"]) is found
    if "walk_speed" in wish:
        walk = page["journeys"][0]["legs"][1]
        assert walk["duration"] == pytest.approx(walk["distance"] / (3 / 3.6), abs=1)


async def test_in_english(search: Search) -> None:
    page = await search(plateau(), **{"from": FARM, "at": MONDAY.format("07:00:00"), "lang": "en"})
    van = page["journeys"][0]["legs"][0]
    assert van["booking"]["text"] == (
        "Book before 2026-02-27 17:00 by phone on 02 54 11 22 33 or at "
        "https://navette.example/reserver."
    )


@pytest.mark.parametrize(
    ("now", "found"),
    [
        (paris("17:00:00", "2026-02-27"), True),
        (paris("17:00:01", "2026-02-27"), False),
        (paris("12:00:00", "2026-03-01"), False),
    ],
)
async def test_never_offered_when_it_is_too_late_to_book(
    search: Search, now: Any, found: bool
) -> None:
    page = await search(plateau(now), **{"from": FARM, "at": MONDAY.format("07:00:00")})
    assert bool(page["journeys"]) == found
    if not found:
        assert "Aucun arrêt" in page["message"]


@pytest.mark.parametrize(
    "query",
    [
        {"from": WOOD},
        {"from": "47.7000,1.1000"},
        {"from": FARM, "modes": "rail,tram"},
        {"from": FARM, "at": "2026-03-07T07:00:00+01:00"},
    ],
    ids=["hole", "outside", "modes", "saturday"],
)
async def test_not_offered(search: Search, query: dict[str, str]) -> None:
    page = await search(plateau(), **{"at": MONDAY.format("07:00:00"), "window": 600} | query)
    assert page["journeys"] == []


async def test_back_home_booked_an_hour_before(search: Search) -> None:
    query = {"from": "train:ville", "to": FARM, "at": MONDAY.format("14:00:00"), "window": 240}
    trains = plateau(paris("13:30:00"), vans=VANS)
    page = await search(trains, **query)
    assert page["journeys"] == []  # No train in the afternoon.
    page = await search(trains, **query | {"from": "train:val", "window": 600})
    (journey,) = page["journeys"]
    assert modes(journey) == ["walk", "on_demand"]
    van = journey["legs"][1]
    assert van["departure"] == "2026-03-02T14:30:00+01:00"
    assert van["to"]["lat"] == 47.64
    assert van["booking"]["until"] == "2026-03-02T13:30:00+01:00"
    assert van["booking"]["phone"] == "02 54 00 00 00"


async def test_by_arrival(search: Search) -> None:
    query = {"from": FARM, "at": MONDAY.format("10:30:00"), "arrive_by": "true"}
    page = await search(plateau(), **query)
    assert [clocks(each)[1] for each in page["journeys"]] == ["09:10", "10:10"]
    alone = (await search(plateau(), **query | {"window": 0}))["journeys"]
    assert [clocks(each) for each in alone] == [clocks(page["journeys"][-1])]


async def test_the_earliest_arrival_alone(search: Search) -> None:
    query = {"from": FARM, "at": MONDAY.format("07:00:00"), "window": 0}
    (journey,) = (await search(plateau(), **query))["journeys"]
    assert clocks(journey)[1] == "09:10"


async def test_people_wait_for_a_later_ride_after_the_last_hour_of_the_service(
    search: Search,
) -> None:
    early = {**VANS, "stop_times.txt": VANS["stop_times.txt"].replace("12:00:00", "07:45:00")}
    query = {"from": FARM, "at": MONDAY.format("07:00:00"), "to": HOSPITAL}
    page = await search(plateau(vans=early), **query)
    (journey,) = page["journeys"]
    van, walk, train = journey["legs"][:3]
    assert van["arrival"] == "2026-03-02T07:45:00+01:00"
    assert walk["arrival"] < train["departure"] == "2026-03-02T08:15:00+01:00"


async def test_each_zone_is_looked_at_once_a_search(
    search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many days and rides a call has."""
    looked_up, contains = Counter[tuple[float, float]](), Zone.contains

    def counted(zone: Zone, lat: float, lon: float) -> bool:
        looked_up[lat, lon] += 1
        return contains(zone, lat, lon)

    monkeypatch.setattr(Zone, "contains", counted)
    page = await search(plateau(), **{"from": FARM, "at": MONDAY.format("07:00:00")})
    assert page["journeys"]
    assert set(looked_up.values()) == {1}


async def test_inside_the_zone_nothing_is_offered_without_a_trip_inside_it(search: Search) -> None:
    query = {"from": FARM, "to": OTHER_FARM, "at": MONDAY.format("08:00:00")}
    assert (await search(plateau(), **query))["journeys"] == []
    within = VANS["stop_times.txt"].replace("aller,,,gare,2", "aller,,plateau,,2")
    page = await search(plateau(vans={**VANS, "stop_times.txt": within}), **query)
    (journey,) = page["journeys"]
    assert modes(journey) == ["on_demand"]
    assert clocks(journey)[0] == "08:00"
    assert journey["transfers"] == 0


WIDE = {
    **VANS,
    "stop_times.txt": VANS["stop_times.txt"].replace("aller,,,gare,2", "aller,,vallee,,2"),
    "locations.geojson": json.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                *json.loads(VANS["locations.geojson"])["features"],
                {
                    "id": "vallee",
                    "type": "Feature",
                    "properties": {},
                    "geometry": {
                        "type": "Polygon",
                        "coordinates": [
                            [[1, 47.5], [1.6, 47.5], [1.6, 47.8], [1, 47.8], [1, 47.5]]
                        ],
                    },
                },
            ],
        }
    ),
}
"""The van takes people to any stop of the valley, up to the second station of the train."""


@pytest.mark.parametrize(("most", "found"), [(1_000, True), (3, True), (1, False)])
async def test_a_ride_leads_to_the_nearest_stops_of_a_large_zone(
    search: Search, monkeypatch: pytest.MonkeyPatch, most: int, found: bool
) -> None:
    """The stop of the village is nearer than those of the station."""
    monkeypatch.setattr("mobilite.journeys.flows.on_demand_ends.MOST_STOPS", most)
    query = {"from": FARM, "at": MONDAY.format("07:00:00"), "modes": "rail,on_demand"}
    page = await search(plateau(vans=WIDE), **query | {"to": "train:ville"})
    stops = {leg["to"]["id"] for each in page["journeys"] for leg in each["legs"]}
    assert ("train:val-1" in stops) is found


async def test_of_many_rides_the_first_to_open(
    search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two windows of the van, of which the later one is first in the file."""
    monkeypatch.setattr("mobilite.journeys.flows.on_demand_ways.MOST_RIDES", 1)
    rows = VANS["stop_times.txt"]
    late = "".join(
        line.replace("aller", "tard").replace("07:00:00", "08:20:00") + "\n"
        for line in rows.splitlines()
        if line.startswith("aller")
    )
    trips = VANS["trips.txt"].replace(
        "n,semaine,aller", "n,semaine,tard,Gare,1,1,300\nn,semaine,aller"
    )
    vans = {**VANS, "stop_times.txt": rows + late, "trips.txt": trips}
    query = {"from": FARM, "at": MONDAY.format("07:00:00")}
    page = await search(plateau(vans=vans), **query)
    assert {each["legs"][0]["trip_id"] for each in page["journeys"]} == {"tad:aller"}


async def test_a_van_to_the_destination_leaves_no_way_round(search: Search) -> None:
    """A train to the town and back would leave later than the van that goes there directly."""
    back = "b8,08:50:00,08:50:00,ville-2,1\nb8,09:10:00,09:10:00,val-1,2\n"
    train = {
        **TRAIN,
        "trips.txt": TRAIN["trips.txt"] + "ter,daily,b8,Val,s,1\n",
        "stop_times.txt": TRAIN["stop_times.txt"] + back,
    }
    valley = Valley(now=FRIDAY, files={"train": train, "tad": VANS})
    query = {"from": FARM, "to": "train:val", "at": MONDAY.format("07:00:00")}
    page = await search(valley, **query)
    assert [modes(each) for each in page["journeys"]] == [["on_demand", "walk"]]


async def test_wheelchair(search: Search) -> None:
    query = {"wheelchair": "true", "at": MONDAY.format("07:00:00")}
    assert (await search(plateau(), **query | {"from": FARM}))["journeys"]
    back = {"from": "train:val", "to": FARM, "at": MONDAY.format("14:00:00"), "window": 600}
    assert (await search(plateau(FRIDAY), **query | back))["journeys"] == []


async def test_no_wheelchair_is_dropped_off_where_it_cannot_be(search: Search) -> None:
    stops = VANS["stops.txt"].replace("stop_lon\n", "stop_lon,wheelchair_boarding\n")
    vans = {**VANS, "stops.txt": stops.replace("1.2003\n", "1.2003,2\n")}
    query = {"from": FARM, "at": MONDAY.format("07:00:00")}
    assert (await search(plateau(vans=vans), **query))["journeys"]
    assert (await search(plateau(vans=vans), wheelchair="true", **query))["journeys"] == []


async def test_a_closed_stop_is_not_used(search: Search) -> None:
    valley = plateau()
    valley.city.publish(
        'entity { id: "x" alert { effect: NO_SERVICE informed_entity { stop_id: "halte" } '
        'header_text { translation { text: "Travaux" } } } }',
        feed_id="tad",
    )
    page = await search(valley, **{"from": FARM, "at": MONDAY.format("07:00:00")})
    assert page["journeys"] == []


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"from": FARM, "at": "2026-03-07T07:00:00+01:00"}, "ne circule pas ce jour-là."),
        ({"from": FARM, "at": "2026-02-27T11:00:00+01:00"}, "ne peut plus être réservé à temps"),
        (
            {"from": "train:ville", "to": FARM, "at": "2026-03-07T07:00:00+01:00"},
            "ne circule pas ce jour-là.",
        ),
        ({"from": WOOD, "at": "2026-03-07T07:00:00+01:00"}, None),
        ({"from": FARM, "at": "2026-03-07T07:00:00+01:00", "modes": "rail"}, None),
    ],
    ids=["saturday", "too late", "to the farm", "hole", "modes"],
)
async def test_why_a_van_does_not_serve_a_place(
    search: Search, query: dict[str, str], sentence: str | None
) -> None:
    message = (await search(plateau(), **query))["message"]
    assert message.startswith("Aucun arrêt à moins de 1000 m")
    assert ("transport à la demande" in message) == (sentence is not None)
    assert sentence is None or sentence in message


@pytest.mark.parametrize(
    ("query", "departure", "until"),
    [
        # From Saturday on: Monday's vans are booked by Friday at 17:00, which is still ahead.
        ({"from": FARM, "at": "2026-03-07T07:00:00+01:00"}, "09T07:00", "06T17:00"),
        ({"from": "train:ville", "to": FARM, "at": "2026-03-07T07:00:00+01:00"}, "09T14:00", None),
        ({"from": FARM, "at": "2026-02-27T11:00:00+01:00"}, "02T07:00", None),
        ({"from": WOOD, "at": "2026-03-07T07:00:00+01:00"}, None, None),
        ({"from": FARM, "at": "2026-03-07T07:00:00+01:00", "modes": "rail"}, None, None),
        ({"from": FARM, "at": MONDAY.format("07:00:00")}, None, None),
    ],
    ids=["saturday", "to the farm", "too late", "hole", "modes", "found"],
)
async def test_the_next_van_of_a_place_without_a_journey(
    search: Search, query: dict[str, str], departure: str | None, until: str | None
) -> None:
    found = (await search(plateau(), **query))["on_demand"]
    assert (found is None) == (departure is None)
    if found is not None:
        assert found["departure"] == f"2026-03-{departure}:00+01:00"
        assert found["agency"] == "Navette"
        assert found["route"]["id"] == "tad:n"
        assert found["booking"]["phone"]
        assert until is None or found["booking"]["until"] == f"2026-03-{until}:00+01:00"


async def test_a_van_that_can_no_longer_be_booked_is_not_the_next_one(search: Search) -> None:
    saturday = plateau(paris("10:00:00", "2026-03-07"))
    query = {"from": FARM, "at": "2026-03-07T07:00:00+01:00"}
    found = (await search(saturday, **query))["on_demand"]
    assert found["departure"] == "2026-03-10T07:00:00+01:00"
