"""The id of a journey: it is found again, whatever becomes of it, and a forged one is refused."""

from typing import Any

import aiohttp
import pytest
from api_client import ConnectApi, get
from boards import update
from travellers import QUERY, Connect, Traveller, changes, forged, late
from valley import BUS, HOSPITAL, TRAIN, VILLAGE, Valley

from socle.cursors import content_of, opaque

T8 = 'trip_id: "t8" start_date: "20260302"'
BEFORE_NOON = "2026-03-02T11:30:00+01:00"
CROSSING = {
    **BUS,
    "stops.txt": """\
stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station
a,Avant,47.9000,1.8000,0,
x,Ouest,47.9000,1.9100,0,
halle,Halle,47.9000,1.9135,1,
h1,Halle,47.9000,1.9120,0,halle
h2,Halle,47.9000,1.9150,0,halle
y,Est,47.9000,1.9170,0,
z,Après,47.9000,1.9900,0,
""",
    "trips.txt": "route_id,service_id,trip_id\nb,daily,one\nb,daily,other\nt,daily,between\n",
    "stop_times.txt": """\
trip_id,arrival_time,departure_time,stop_id,stop_sequence
one,08:10:00,08:10:00,a,1
one,08:25:00,08:25:00,x,2
other,08:45:00,08:45:00,y,1
other,08:55:00,08:55:00,z,2
between,06:00:00,06:00:00,h1,1
between,06:05:00,06:05:00,h2,2
""",
}
"""One line ends to the west of a station, another begins to the east."""


async def test_a_journey_is_found_again_by_its_id(
    client: aiohttp.ClientSession, traveller: Traveller
) -> None:
    found = await get(client, "journeys", **QUERY)
    state = await get(client, f"journeys/{traveller.journey_id}")
    (journey,) = state["journeys"]
    assert {**journey, "reasons": []} == {**found["journeys"][0], "reasons": []}
    assert (state["from"], state["to"], state["feeds"]) == (
        found["from"], found["to"], found["feeds"],
    )  # fmt: skip
    assert (state["status"], state["possible"], state["changes"]) == ("upcoming", True, [])
    # Without real time nothing tells that it is on time.
    assert state["summary"] == (
        "Horaires prévus, pas de temps réel pour l'instant : arrivée à 09:10."
    )
    assert state["alternatives"] is None


@pytest.mark.parametrize(
    "query",
    [
        {"from": "47.5810,1.1500", "to": "47.93,1.9305"},
        {"from": "47.9000,1.9000", "to": "47.9040,1.9000"},
        {"from": "47.90,1.90", "to": "47.9040,1.9000", "via": "47.9020,1.9010"},
        {"from": VILLAGE, "to": "train:ville", "via": "47.6020,1.2020"},
        {"from": "47.6020,1.2020", "to": "train:ville", "via": "47.6010,1.2010", "via_stay": "5"},
        {"to": "47.9010,1.9010", "via": "train:ville", "via_stay": "5"},
        {"to": "47.9010,1.9010", "via": "bus:parvis", "at": BEFORE_NOON, "arrive_by": "true"},
        {"via": "train:mi"},
        {"via": "bus:parvis", "max_walk": "2000", "modes": "tram,bus,rail"},
        {"via": "bus:gare", "at": BEFORE_NOON, "arrive_by": "true"},
        {"from": "47.5810,1.1500", "to": "47.93,1.9305", "walk_speed": "3"},
        {"via": "train:ville", "via_stay": "10"},
        {"via": "47.6020,1.2020", "via_stay": "30"},
        {"via": "train:ville", "via_stay": "50", "at": BEFORE_NOON, "arrive_by": "true"},
    ],
)
async def test_every_journey_is_found_again(
    client: aiohttp.ClientSession, query: dict[str, str]
) -> None:
    await check_found_again(client, QUERY | query)


async def check_found_again(client: aiohttp.ClientSession, query: dict[str, str]) -> None:
    page = await get(client, "journeys", **query)
    assert page["journeys"], query
    for found in page["journeys"]:
        state = await get(client, f"journeys/{found['id']}")
        (journey,) = state["journeys"]
        assert {**journey, "reasons": []} == {**found, "reasons": []}
        assert (state["possible"], state["changes"]) == (True, [])


@pytest.mark.parametrize("place", [VILLAGE, "47.5810,1.1500"])
async def test_no_cache_stores_a_journey_from_a_point(
    client: aiohttp.ClientSession, place: str
) -> None:
    (found, *_) = (await get(client, "journeys", **(QUERY | {"from": place})))["journeys"]
    async with client.get(f"journeys/{found['id']}") as answer:
        assert answer.status == 200
        assert ("no-store" in answer.headers["cache-control"]) == ("," in place)


async def test_a_line_to_avoid_is_part_of_the_id(client: aiohttp.ClientSession) -> None:
    query = QUERY | {"to": "train:ville", "banned_routes": "bus:t"}
    await check_found_again(client, query)
    (found, *_) = (await get(client, "journeys", **query))["journeys"]
    content: Any = content_of(found["id"], 6000)
    assert content["wishes"] == {"banned_routes": ["bus:t"]}


@pytest.mark.parametrize("backwards", [False, True])
async def test_a_station_on_the_way_is_left_where_people_arrive(
    connect: Connect, backwards: bool
) -> None:
    query = {"from": "bus:a", "to": "bus:z", "at": "2026-03-02T08:00:00+01:00", "via": "bus:halle"}
    if backwards:
        query |= {"at": "2026-03-02T09:00:00+01:00", "arrive_by": "true"}
    client = await connect(Valley(files={"bus": CROSSING}))
    await check_found_again(client, query)


async def test_a_place_on_the_way_is_no_change(connect: Connect) -> None:
    onwards = "c,08:26:00,08:26:00,x,1\nc,08:40:00,08:40:00,z,2\n"
    rules = "from_stop_id,to_stop_id,transfer_type,min_transfer_time\nx,x,2,300\n"
    files = {
        **CROSSING,
        "trips.txt": CROSSING["trips.txt"] + "b,daily,c\n",
        "stop_times.txt": CROSSING["stop_times.txt"] + onwards,
        "transfers.txt": rules,
    }
    query = {"from": "bus:a", "to": "bus:z", "at": "2026-03-02T08:00:00+01:00", "via": "bus:x"}
    client = await connect(Valley(files={"bus": files}))
    await check_found_again(client, query)


async def test_the_id_stays_whatever_the_delay_and_the_platform(
    valley: Valley, traveller: Traveller
) -> None:
    stop = 'stop_time_properties { assigned_stop_id: "ville-3" }'
    moved = f" stop_time_update {{ stop_sequence: 3 arrival {{ delay: 120 }} {stop} }}"
    # No trip of the timetable calls at this platform.
    stops = TRAIN["stops.txt"] + "ville-3,Ville,47.9,1.9,0,ville,3,1\n"
    valley.city.schedule({**TRAIN, "stops.txt": stops}, "train")
    traveller.publish("07:40:00", update(T8, late(120) + moved))
    state = await traveller.now("07:40:00")
    (journey,) = state["journeys"]
    assert journey["legs"][2]["to"]["platform"] == "3"
    assert journey["id"] == traveller.journey_id
    assert changes(state) == [("times", 2), ("platform", 2)]
    assert [each["message"] for each in state["changes"]] == [
        "Train TER : départ à 08:17 au lieu de 08:15, arrivée à 08:47 au lieu de 08:45.",
        "Changement de quai à Ville : quai 3 au lieu de quai 2.",
    ]
    assert state["summary"] == "Le trajet reste possible : arrivée à 09:10."
    english = await traveller.now("07:40:00", ("en",))
    assert english["changes"][1]["message"] == (
        "Change of platform at Ville: platform 3 instead of platform 2."
    )


async def test_forged_ids_are_refused(client: aiohttp.ClientSession, traveller: Traveller) -> None:
    known = traveller.journey_id
    content: Any = content_of(known, 6000)
    bus, train, tram = content["steps"]
    wrong = {
        400: [
            "abc",
            known[:-3],
            known + "AA",
            "A" * 7000,
            opaque("text"),
            opaque([]),
            opaque({**content, "more": 1}),
            forged(known, steps=[]),
            forged(known, steps=[bus] * 50),
            forged(known, steps=[0, bus]),
            forged(known, steps=[bus, tram]),  # no way from one to the other
            forged(known, steps=[train, tram]),  # not near the origin
            forged(known, steps=[bus, train, [*tram[:1], "20261341", *tram[2:]]]),
            forged(known, departure=10**12),
            forged(known, steps=[], departure=10**12),
            forged(known, origin=HOSPITAL),
            forged(known, destination="nowhere"),
            forged(known, wishes={"max_walk": "many"}),
            forged(known, wishes={"max_walk": 10**9}),
            forged(known, wishes={"walk_speed": 30.0}),
            forged(known, wishes={"stay": -60}),
            forged(known, wishes={"banned_routes": [f"bus:{n:02}" for n in range(60)]}),
            forged(known, wishes={"modes": ["tram", "bus"]}),  # not in order
        ],
        404: [
            forged(known, origin="bus:nowhere"),
            forged(known, steps=[bus, ["train:t7", *train[1:]], tram]),
            forged(known, steps=[bus, ["nowhere:t8", *train[1:]], tram]),
            forged(known, steps=[bus, [*train[:3], "ville-2", 3, "val-1", 1, False], tram]),
            forged(known, steps=[bus, [*train[:1], "20270302", *train[2:]], tram]),
        ],
        410: [forged(known, steps=[bus, [*train[:1], "20250302", *train[2:]], tram])],
    }
    for status, ids in wrong.items():
        for each in ids:
            problem = await get(client, f"journeys/{each}", status)
            assert problem["detail"]
            async with client.post(f"journeys/{each}/watch") as answer:
                assert answer.status == status


async def test_who_does_not_stay_aboard_changes(
    client: aiohttp.ClientSession, traveller: Traveller
) -> None:
    content: Any = content_of(traveller.journey_id, 6000)
    bus, train, tram = content["steps"]
    other = forged(traveller.journey_id, steps=[bus, [*train[:-1], True], tram])
    state = await get(client, f"journeys/{other}")
    (journey,) = state["journeys"]
    assert journey["id"] == traveller.journey_id
    assert (state["possible"], journey["transfers"]) == (True, 2)


async def test_before_the_first_timetable(connect_api: ConnectApi, traveller: Traveller) -> None:
    valley = Valley(files={})
    client = await connect_api(valley.app())
    await get(client, f"journeys/{traveller.journey_id}", 503)
    async with client.post(f"journeys/{traveller.journey_id}/watch") as answer:
        assert answer.status == 503
    valley.city.schedule(BUS, "bus")
    await valley.refresh()


async def test_the_query_of_a_journey_outlives_its_runs(
    valley: Valley, client: aiohttp.ClientSession, traveller: Traveller
) -> None:
    wishes = {"wheelchair": "true", "max_walk": "2000", "walk_speed": "3", "modes": "transit,car"}
    found = await get(client, "journeys", **QUERY, **wishes)
    rolling = found["journeys"][0]["id"]
    without = {name: TRAIN[name].replace("t8,", "t7,") for name in ("trips.txt", "stop_times.txt")}
    valley.city.schedule({**TRAIN, **without}, "train")
    await valley.refresh()
    for journey_id in (rolling, traveller.journey_id):
        await get(client, f"journeys/{journey_id}", 404)
    content = await get(client, f"journeys/{rolling}/query")
    assert (content["from"]["id"], content["from"]["name"]) == (VILLAGE, "Bourg")
    assert (content["to"]["id"], content["to"]["name"]) == (HOSPITAL, "Hôpital")
    given = (content["wheelchair"], content["max_walk"], content["walk_speed"], content["modes"])
    assert given == (True, 2000, 3.0, ["car", "transit"])
    plain = await get(client, f"journeys/{traveller.journey_id}/query")
    assert (plain["wheelchair"], plain["max_walk"], plain["walk_speed"]) == (False, 1000, 4.5)
    await get(client, "journeys/nonsense/query", 400)


async def test_a_place_that_is_gone_has_no_name_and_a_point_is_stored_nowhere(
    client: aiohttp.ClientSession, traveller: Traveller
) -> None:
    lost = forged(traveller.journey_id, origin="bus:perdu", destination="47.9300,1.9300")
    async with client.get(f"journeys/{lost}/query") as answer:
        assert answer.headers["cache-control"] == "private, no-store"
        content = await answer.json()
    assert (content["from"]["id"], content["from"]["name"]) == ("bus:perdu", None)
    assert (content["to"]["id"], content["to"]["lat"]) == (None, 47.93)
