"""What a traveller wishes, over HTTP: lines to avoid, a bicycle aboard, walking speed, stays."""

from typing import Any

import aiohttp
import pytest
from api_client import get
from travellers import Connect, Search
from valley import BUS, HOSPITAL, TRAIN, VILLAGE, Valley, clocks, rides

from mobilite.journeys.domain.footpaths import Footpaths
from socle.cursors import content_of

# A slow coach from the village to the hospital; the train and the tram take bicycles. People in a
# wheelchair cannot board at the hospital, but stay aboard there.
SLOW = {
    **BUS,
    "stops.txt": BUS["stops.txt"]
    .replace("stop_lon\n", "stop_lon,wheelchair_boarding\n")
    .replace("1.2005\n", "1.2005,1\n")
    .replace("1.9003\n", "1.9003,1\n")
    .replace("1.9300\n", "1.9300,2\n"),
    "routes.txt": "route_id,agency_id,route_short_name,route_type\nb,a,2,3\nt,a,A,0\nc,a,C,3\n",
    "trips.txt": """\
route_id,service_id,trip_id,bikes_allowed,cars_allowed,block_id,wheelchair_accessible
b,daily,b8,0,0,,0
t,daily,a1,1,1,v,1
c,daily,c8,1,1,,0
t,daily,a2,2,2,,0
b,daily,e1,0,0,v,1
""",
    "stop_times.txt": """\
trip_id,arrival_time,departure_time,stop_id,stop_sequence
b8,07:50:00,07:50:00,bourg,1
b8,08:05:00,08:05:00,gare,2
a1,08:55:00,08:55:00,parvis,1
a1,09:10:00,09:10:00,hopital,2
a2,09:55:00,09:55:00,parvis,1
a2,10:10:00,10:10:00,hopital,2
c8,07:45:00,07:45:00,bourg,1
c8,12:10:00,12:10:00,hopital,2
e1,09:12:00,09:12:00,hopital,1
e1,09:20:00,09:20:00,gare,2
""",
}


@pytest.fixture
def valley() -> Valley:
    return Valley(files={"train": TRAIN, "bus": SLOW})


async def request(client: aiohttp.ClientSession, status: int = 200, **query: Any) -> Any:
    given = {"from": VILLAGE, "to": HOSPITAL, "at": "2026-03-02T07:40:00+01:00"} | query
    async with client.get("journeys", params=given) as answer:
        assert answer.status == status, await answer.text()
        return await answer.json()


async def first(client: aiohttp.ClientSession, **query: Any) -> Any:
    return (await request(client, window=0, **query))["journeys"][0]


async def test_a_banned_line_is_avoided(client: aiohttp.ClientSession) -> None:
    assert rides(await first(client))[-1] == "bus:a1"
    assert rides(await first(client, banned_routes="train:ter")) == ["bus:c8"]
    assert rides(await first(client, modes="bus")) == ["bus:c8"]
    banned = await request(client, banned_routes=["train:ter", "bus:c"])
    assert banned["journeys"] == []
    unknown = await request(client, 404, banned_routes="train:x")
    assert "train:x" in unknown["detail"]


async def test_a_bicycle_is_taken_only_where_it_is_known_to_be(
    client: aiohttp.ClientSession,
) -> None:
    assert rides(await first(client, bikes="true")) == ["bus:c8"]


async def test_a_car_goes_from_a_stop_to_a_stop_in_what_is_known_to_take_it(
    client: aiohttp.ClientSession,
) -> None:
    assert rides(await first(client)) != ["bus:c8"]
    found = await first(client, cars="true", max_walk=2000)
    assert (rides(found), found["walk"]) == (["bus:c8"], 0)
    near = await request(client, cars="true", **{"from": "47.5810,1.1500"})
    assert near["journeys"] == []


async def test_the_speed_of_walking_decides_a_change(client: aiohttp.ClientSession) -> None:
    start = {"from": "47.5810,1.1500"}
    assert (await first(client, **start))["legs"][0]["duration"] == 116
    assert (await first(client, **start, walk_speed=4))["legs"][0]["duration"] == 131
    refused = await request(client, 400, walk_speed=20)
    assert "de 2 à 8" in str(refused)


async def test_the_ways_of_a_speed_are_timed_once(
    client: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All those of the network: that takes as long as a search."""
    timed, at_speed = list[float](), Footpaths.at_speed

    def counted(footpaths: Footpaths, speed: float) -> Footpaths:
        timed.append(speed)
        return at_speed(footpaths, speed)

    monkeypatch.setattr(Footpaths, "at_speed", counted)
    for _ in range(2):
        assert (await request(client, walk_speed=4, modes="transit,bicycle"))["journeys"]
    assert timed == [4 / 3.6] * 2  # onwards and back


async def test_who_stays_on_the_way_goes_on_later(client: aiohttp.ClientSession) -> None:
    by = {"via": "train:ville"}
    assert clocks(await first(client, **by)) == ("07:50", "09:10")
    assert clocks(await first(client, **by, via_stay=10)) == ("07:50", "10:10")
    late = {"arrive_by": "true", "at": "2026-03-02T10:15:00+01:00", "via_stay": 60}
    journey = await first(client, **by, **late)
    assert clocks(journey) == ("07:50", "10:10")


async def test_who_stays_aboard_reads_so(client: aiohttp.ClientSession) -> None:
    journey = await first(client, **{"from": "bus:parvis", "to": "bus:gare"})
    assert rides(journey) == ["bus:a1", "bus:e1"]
    assert [leg["stay_seated"] for leg in journey["legs"]] == [False, True]
    assert journey["transfers"] == 0
    assert journey["wheelchair"] == "yes"
    assert "Restez à bord : bus 2 de Hôpital à Gare de Val" in journey["summary"]


def with_coach(departure: str, arrival: str) -> Valley:
    """A bus to the station from 07:50 to 08:05, and a coach."""
    files = {
        **SLOW,
        "routes.txt": SLOW["routes.txt"].replace("c,a,C,3", "c,a,C,200"),
        "stop_times.txt": SLOW["stop_times.txt"]
        .replace("c8,07:45:00,07:45:00", f"c8,{departure},{departure}")
        .replace("12:10:00,12:10:00,hopital", f"{arrival},{arrival},gare"),
    }
    return Valley(files={"bus": files})


TO_STATION = {"to": "bus:gare"}
COACH = {"preferred_routes": "bus:c"}
IN_TIME = {"arrive_by": "true", "at": "2026-03-02T08:10:00+01:00"}


@pytest.mark.parametrize("arrive_by", [{}, IN_TIME])
@pytest.mark.parametrize("wish", [COACH, {"preferred_modes": "coach,tram"}])
async def test_a_preferred_line_is_found_if_it_takes_ten_minutes_more(
    search: Search, wish: dict[str, str], arrive_by: dict[str, str]
) -> None:
    valley, query = with_coach("07:45:00", "08:10:00"), TO_STATION | arrive_by
    first, second, *_ = (await search(valley, **query, **wish))["journeys"]
    assert (rides(first), rides(second)) == (["bus:c8"], ["bus:b8"])
    assert ("preferred" in first["reasons"], "preferred" in second["reasons"]) == (True, False)
    plain = await search(valley, **query)
    assert ["bus:c8"] not in map(rides, plain["journeys"])
    slower = await search(with_coach("07:44:00", "08:10:00"), **query, **wish)
    assert ["bus:c8"] not in map(rides, slower["journeys"])


@pytest.mark.parametrize("arrive_by", [{}, IN_TIME])
async def test_it_comes_with_the_best_one_alone(search: Search, arrive_by: dict[str, str]) -> None:
    query = TO_STATION | COACH | arrive_by | {"window": "0"}
    page = await search(with_coach("07:45:00", "08:10:00"), **query)
    assert [*map(rides, page["journeys"])] == [["bus:c8"], ["bus:b8"]]
    far = with_coach("07:39:00", "08:10:00") if arrive_by else with_coach("07:45:00", "08:16:00")
    page = await search(far, **query)
    assert [*map(rides, page["journeys"])] == [["bus:b8"]]


async def test_it_is_listed_as_if_it_left_earlier(search: Search) -> None:
    valley = with_coach("07:58:00", "08:15:00")
    found = (await search(valley, **TO_STATION, **COACH))["journeys"]
    assert [*map(rides, found)][:2] == [["bus:c8"], ["bus:b8"]]
    plain = (await search(valley, **TO_STATION))["journeys"]
    assert [*map(rides, plain)][:2] == [["bus:b8"], ["bus:c8"]]


async def test_it_is_found_with_a_change(search: Search) -> None:
    """A bus that nobody prefers leads to a coach, and no train."""
    files = {
        **BUS,
        "routes.txt": BUS["routes.txt"] + "c,a,C,200\n",
        "trips.txt": BUS["trips.txt"] + "c,daily,c8,Parvis\n",
        "stop_times.txt": BUS["stop_times.txt"]
        + "c8,08:06:00,08:06:00,gare,1\nc8,08:50:00,08:50:00,parvis,2\n",
    }
    valley = Valley(files={"train": TRAIN, "bus": files})
    ends = {"to": "47.9002,1.9002"}
    found = (await search(valley, **ends, **COACH))["journeys"]
    assert ["bus:b8", "bus:c8"] in [rides(each)[:2] for each in found]
    plain = (await search(valley, **ends))["journeys"]
    assert ["bus:b8", "bus:c8"] not in [rides(each)[:2] for each in plain]


async def test_a_wish_stays_in_the_id(search: Search, connect: Connect) -> None:
    valley = with_coach("07:45:00", "08:10:00")
    wishes = COACH | TO_STATION | {"preferred_modes": "rail,tram"}
    page = await search(valley, **wishes)
    client = await connect(valley)
    for found in page["journeys"]:
        state = await get(client, f"journeys/{found['id']}")
        assert state["journeys"][0]["id"] == found["id"]
        content: Any = content_of(found["id"], 6000)
        assert content["wishes"]["preferred_modes"] == ["rail", "tram"]
        assert content["wishes"]["preferred_routes"] == ["bus:c"]


async def test_unknown_preferences_are_refused(search: Search) -> None:
    unknown = await search(Valley(), 404, preferred_routes="train:x")
    assert unknown["parameter"] == "preferred_routes"
    refused = await search(Valley(), 400, preferred_modes="walk")
    assert "mode inconnu : walk" in str(refused)
