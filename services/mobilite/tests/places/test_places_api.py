"""`GET /mobilite/v1/places` over real connections."""

from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from api_client import ConnectApi
from boards import City, paris
from places import COMMUNES, REGION

from mobilite.places.domain.region_places import Gazetteer
from mobilite.wiring.app import make_api
from socle.clock import ManualClock

NOW = paris("07:30:00")


@pytest.fixture
def city() -> City:
    city = City(now=NOW)
    for feed_id, files in REGION.items():
        city.schedule(files, feed_id)
    city.live.places.configure(Gazetteer(communes=COMMUNES))
    city.live.places.refresh()
    return city


@pytest_asyncio.fixture
async def client(city: City, connect_api: ConnectApi) -> aiohttp.ClientSession:
    return await connect_api(make_api(city.live, ManualClock(NOW)))


async def places(client: aiohttp.ClientSession, **query: str) -> Any:
    async with client.get("places", params=query) as answer:
        assert answer.status == 200, await answer.text()
        assert "accept-language" in answer.headers["vary"]
        return await answer.json()


async def test_a_hub_has_the_stops_of_every_network(client: aiohttp.ClientSession) -> None:
    found = await places(client, q="gare dorlean", limit="1")
    assert found["places"] == [
        {
            "id": "hub:sncf:orl",
            "type": "hub",
            "name": "Gare d'Orléans",
            "lat": 47.908,
            "lon": 1.9046,
            "commune": {
                "id": "commune:45234",
                "code": "45234",
                "name": "Orléans",
                "postcodes": ["45000", "45100"],
            },
            "modes": ["rail", "tram", "coach"],
            "feeds": ["sncf", "remi", "tao"],
            "stops": [
                {"id": "sncf:orl", "name": "Orléans", "feed": "sncf", "modes": ["rail"]},
                {
                    "id": "remi:gr",
                    "name": "Orléans – Gare routière",
                    "feed": "remi",
                    "modes": ["coach"],
                },
                {"id": "tao:gare", "name": "Gare d'Orléans", "feed": "tao", "modes": ["tram"]},
            ],
            "board": "hub:sncf:orl",
        }
    ]
    assert found["missing"] == ["addresses"]
    assert found["message"].startswith("Les adresses ne sont pas connues")


async def test_a_commune_leads_to_the_board_of_its_main_station(
    client: aiohttp.ClientSession,
) -> None:
    (commune,) = (p for p in (await places(client, q="41000"))["places"] if p["type"] == "commune")
    assert (commune["name"], commune["board"]) == ("Blois", "hub:sncf:blo")
    async with client.get(f"stops/{commune['board']}/departures") as answer:
        assert (await answer.json())["stop"]["name"] == "Blois-Chambord"


async def test_what_cannot_be_searched_is_stated(city: City, client: aiohttp.ClientSession) -> None:
    city.live.places.configure(Gazetteer())
    assert (await places(client, q="parc"))["missing"] == ["communes", "addresses"]
    english = await places(client, q="parc", lang="en")
    assert english["message"].startswith("Towns, postcodes and addresses are not known")


async def test_one_place_by_any_of_its_ids(client: aiohttp.ClientSession) -> None:
    for place_id, name in (
        ("hub:tao:gare", "Gare d'Orléans"),
        ("commune:45234", "Orléans"),
        ("azalys:sl", "St-Laurent"),
    ):
        async with client.get(f"places/{place_id}") as answer:
            assert (await answer.json())["name"] == name
    async with client.get("places/hub:nowhere") as answer:
        assert answer.status == 404
        assert "places?q=" in (await answer.json())["detail"]


@pytest.mark.parametrize("query", ["", "q=%20-%20", "q=gare&limit=0", "q=" + "x" * 201])
async def test_a_query_that_cannot_be_is_refused(client: aiohttp.ClientSession, query: str) -> None:
    async with client.get(f"places?{query}") as answer:
        assert answer.status == 400
        assert (await answer.json())["detail"]


async def test_places_are_cacheable(client: aiohttp.ClientSession) -> None:
    async with client.get("places?q=gare") as answer:
        tag = answer.headers["etag"]
        assert answer.headers["cache-control"] == "public, max-age=60"
    async with client.get("places?q=gare", headers={"if-none-match": tag}) as answer:
        assert answer.status == 304


async def test_places_around_another_one_come_first(client: aiohttp.ClientSession) -> None:
    for near in ("hub:sncf:blo", "azalys:mairie", "47.5857,1.3239"):
        found = await places(client, q="mairie", near=near)
        assert found["places"][0]["feeds"] == ["azalys"]
    # An unknown place changes nothing; a position is in no shared cache.
    assert await places(client, q="mairie", near="nulle:part") == await places(client, q="mairie")
    async with client.get("places", params={"q": "mairie", "near": "47.5857,1.3239"}) as answer:
        assert answer.headers["cache-control"] == "private, no-store"
    async with client.get("places", params={"q": "mairie", "near": "95,1"}) as answer:
        assert answer.status == 400
