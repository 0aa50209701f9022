"""Addresses among the places: their order, what an id leads to, and who may store an answer."""

import asyncio
from threading import Event
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from api_client import ConnectApi
from ban_files import BLOIS, line, lines, pack
from boards import City, paris
from places import COMMUNES, REGION

from mobilite.places.api import places as places_api
from mobilite.places.domain.region_places import Gazetteer
from mobilite.places.flows.find_places import find_places
from mobilite.places.flows.resolve_place import ResolvedPlace, resolve_place
from mobilite.wiring.app import make_api
from socle.clock import ManualClock
from socle.testing import until

NOW = paris("07:30:00")


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    city = City(now=NOW)
    for feed_id, files in REGION.items():
        city.schedule(files, feed_id)
    city.live.places.configure(Gazetteer(communes=COMMUNES))
    city.live.places.refresh()
    station = line("Rue de la Gare", "1", BLOIS, key="0900")
    _, index = pack([*lines(), station], tmp_path_factory.mktemp("addresses"))
    city.live.places.addresses.configured = True
    city.live.places.addresses.current = index
    return city


@pytest_asyncio.fixture
async def client(city: City, connect_api: ConnectApi) -> aiohttp.ClientSession:
    return await connect_api(make_api(city.live, ManualClock(NOW)))


async def places(client: aiohttp.ClientSession, text: str) -> Any:
    async with client.get("places", params={"q": text}) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json(), answer.headers["cache-control"]


async def test_a_house_number_comes_first_and_is_stored_by_none(
    client: aiohttp.ClientSession,
) -> None:
    found, cache = await places(client, "30 rue gambetta blois")
    assert found["missing"] == []
    assert found["message"] is None
    assert found["places"][0] == {
        "id": "address:41018_0870:30",
        "type": "address",
        "name": "30 Rue Gambetta, 41000 Blois",
        "lat": 47.58602,
        "lon": 1.33,
        "commune": {
            "id": "commune:41018",
            "code": "41018",
            "name": "Blois",
            "postcodes": ["41000"],
        },
        "modes": [],
        "feeds": [],
        "stops": [],
        "board": None,
    }
    assert cache == "private, no-store"


async def test_a_street_comes_after_stations_stops_and_communes(
    client: aiohttp.ClientSession,
) -> None:
    found, cache = await places(client, "orleans")
    types = [place["type"] for place in found["places"]]
    assert types[:2] == ["hub", "commune"]
    assert types[-1] == "street"
    assert cache == "public, max-age=60"
    found, _ = await places(client, "gare blois")
    assert [place["type"] for place in found["places"]] == ["hub", "street"]


async def test_an_address_as_written_precedes_what_only_resembles_the_query(
    client: aiohttp.ClientSession,
) -> None:
    found, _ = await places(client, "rue gambetta")
    assert [place["name"] for place in found["places"][:2]] == [
        "Rue Gambetta, 45000 Orléans",
        "Rue Gambetta, 41000 Blois",
    ]


async def test_one_address_by_its_id(client: aiohttp.ClientSession) -> None:
    for place_id, name, cache in (
        ("address:41018_0870:30bis", "30 bis Rue Gambetta, 41000 Blois", "private, no-store"),
        ("street:41018_0870", "Rue Gambetta, 41000 Blois", "public, max-age=60"),
    ):
        async with client.get(f"places/{place_id}") as answer:
            assert (await answer.json())["name"] == name
            assert answer.headers["cache-control"] == cache
    async with client.get("places/address:41018_0870:31") as answer:
        assert answer.status == 404


def test_a_journey_starts_at_the_point_of_an_address(city: City) -> None:
    resolved = resolve_place(city.live.state, city.live.places, "address:41018_0870:30")
    assert resolved == ResolvedPlace("30 Rue Gambetta, 41000 Blois", (), (47.58602, 1.33))


async def test_searches_leave_threads_to_the_rest_of_the_process(
    client: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    started, done = Event(), Event()

    def slow(*given: Any, **named: Any) -> Any:
        started.set()
        done.wait()
        return find_places(*given, **named)

    monkeypatch.setattr(places_api, "find_places", slow)
    several = [asyncio.create_task(places(client, "gare")) for _ in range(40)]
    try:
        await until(started.is_set)
        async with asyncio.timeout(60):
            assert await asyncio.to_thread(done.is_set) is False
    finally:
        done.set()
    await asyncio.gather(*several)
