"""What a traveller wishes, over HTTP: lines to avoid, a bicycle aboard, walking speed, stays."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from valley import BUS, HOSPITAL, TRAIN, VILLAGE, Valley, clocks, rides

from mobilite.journeys.domain.footpaths import Footpaths
from socle.testing import ServeApp

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
route_id,service_id,trip_id,bikes_allowed,block_id,wheelchair_accessible
b,daily,b8,0,,0
t,daily,a1,1,v,1
c,daily,c8,1,,0
t,daily,a2,2,,0
b,daily,e1,0,v,1
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


@pytest_asyncio.fixture
async def client(valley: Valley, serve_app: ServeApp) -> AsyncIterator[aiohttp.ClientSession]:
    await valley.refresh()
    address = await serve_app(valley.app())
    async with aiohttp.ClientSession(f"{address}/mobilite/v1/") as session:
        yield session


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
