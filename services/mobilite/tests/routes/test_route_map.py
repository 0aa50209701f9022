"""The networks as the base of a map, over HTTP."""

from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from api_client import ConnectApi
from region import small_region

from mobilite.routes.flows.map_routes import RouteMaps, map_routes


@pytest_asyncio.fixture
async def client(tmp_path: Path, connect_api: ConnectApi) -> aiohttp.ClientSession:
    return await connect_api(small_region(tmp_path).app())


async def get(client: aiohttp.ClientSession, path: str, **query: str) -> Any:
    async with client.get(path, params=query) as answer:
        assert answer.status == 200, await answer.text()
        assert answer.content_type == "application/geo+json"
        return await answer.json()


async def test_lines_have_their_number_colour_and_mode(client: aiohttp.ClientSession) -> None:
    found = await get(client, "routes.geojson", zoom="14", bbox="1.8,47.8,2,48")
    assert [each["id"] for each in found["feeds"]] == ["remi", "tao"]
    properties = [each["properties"] for each in found["features"]]
    # A tram is drawn over the buses.
    assert properties[-1] == {"id": "tao:A", "name": "A", "color": "0055A4", "mode": "tram"}
    assert {each["name"] for each in properties} == {"Orléans - Blois", "2", "N", "A"}
    assert found["features"][-1]["geometry"]["coordinates"][0] == [1.9044, 47.9077]


async def test_a_box_and_a_network_choose(client: aiohttp.ClientSession) -> None:
    async def ids(**query: str) -> set[str]:
        features = (await get(client, "routes.geojson", zoom="14", **query))["features"]
        return {each["properties"]["id"] for each in features}

    assert await ids(bbox="1.3,47.5,1.4,47.6") == {"remi:2"}
    assert await ids(bbox="1.8,47.8,2,48", feed="tao") == {"tao:A", "tao:2", "tao:N"}
    # All of the region, where a line in the town is a dot; so it is in a box around the earth.
    assert await ids() == {"remi:2"}
    assert await ids(bbox="-180,47.8,180,48") == {"remi:2"}
    assert await ids(bbox="10,10,11,11") == set()
    async with client.get("routes.geojson", params={"feed": "nul"}) as answer:
        assert answer.status == 404


async def test_many_points_are_simplified_more(tmp_path: Path) -> None:
    state, maps, box = small_region(tmp_path).city.live.state, RouteMaps(), (1.8, 47.8, 2.0, 48.0)

    async def ids(most_points: int) -> list[str]:
        found = await map_routes(state, maps, feed=None, box=box, zoom=14, most_points=most_points)
        return [each.feed_id for each in found]

    assert await ids(1000) == ["remi", "tao"]
    assert await ids(2) == ["remi"]


@pytest.mark.parametrize("query", ["zoom=x", "zoom=23", "zoom=nan", "bbox=1,2,3", "bbox=5,5,5,a"])
async def test_what_is_no_zoom_or_box_is_refused(client: aiohttp.ClientSession, query: str) -> None:
    async with client.get(f"routes.geojson?{query}") as answer:
        assert answer.status == 400


async def test_a_map_that_has_not_changed_is_not_sent_again(
    client: aiohttp.ClientSession,
) -> None:
    async with client.get("routes.geojson") as answer:
        tag = answer.headers["etag"]
        assert answer.headers["cache-control"] == "public, max-age=600"
    async with client.get("routes.geojson", headers={"if-none-match": tag}) as answer:
        assert answer.status == 304


async def test_stops_of_a_map_are_the_most_served_first(client: aiohttp.ClientSession) -> None:
    found = await get(client, "stops.geojson", bbox="1.8,47.8,2,48")
    names = [each["properties"]["id"] for each in found["features"]]
    # Platforms count for their station; the entrance is no stop.
    assert set(names) == {"tao:gare", "tao:martroi", "tao:loire", "remi:gare"}
    assert names[-1] == "remi:gare"
    assert [each["properties"]["rank"] for each in found["features"]] == [0, 1, 2, 3]
    assert found["complete"] is True
    station = next(each for each in found["features"] if each["properties"]["id"] == "tao:gare")
    assert station["geometry"]["coordinates"] == [1.9043, 47.9076]
    fewer = await get(client, "stops.geojson", limit="2")
    assert [each["properties"]["id"] for each in fewer["features"]] == names[:2]
    assert fewer["complete"] is False
