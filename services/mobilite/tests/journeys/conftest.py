"""The API of journeys in the valley, with compiled kernels."""

from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from api_client import ConnectApi, get
from kernels import compile_once
from travellers import QUERY, Connect, Follow, Search, Traveller
from valley import HOSPITAL, VILLAGE, Valley

from mobilite.journeys.domain.warm_up import warm_up

SEVEN_FORTY = "2026-03-02T07:40:00+01:00"


@pytest.fixture(scope="session", autouse=True)
def compiled_search() -> None:
    """The kernels of the search are compiled."""
    compile_once(warm_up)


@pytest.fixture
def valley() -> Valley:
    """Its networks; a file can have another valley."""
    return Valley()


@pytest.fixture
def search(connect: Connect) -> Search:
    """Searches journeys in a valley, from the village to the hospital unless asked otherwise."""

    async def search_in(valley: Valley, status: int = 200, **query: Any) -> Any:
        sent = {"from": VILLAGE, "to": HOSPITAL, "at": SEVEN_FORTY} | query
        return await get(await connect(valley), "journeys", status, **sent)

    return search_in


@pytest.fixture
def connect(connect_api: ConnectApi) -> Connect:
    """A client of the API of a valley."""

    async def connected(valley: Valley) -> aiohttp.ClientSession:
        await valley.refresh()
        return await connect_api(valley.app())

    return connected


@pytest.fixture
def follow(connect: Connect) -> Follow:
    """Follows the first journey of a query."""

    async def followed(valley: Valley, query: dict[str, str]) -> Traveller:
        traveller, client = Traveller(valley), await connect(valley)
        traveller.journey_id = (await get(client, "journeys", **query))["journeys"][0]["id"]
        return traveller

    return followed


@pytest_asyncio.fixture
async def client(valley: Valley, connect: Connect) -> aiohttp.ClientSession:
    """A client of the API of the valley of the file."""
    return await connect(valley)


@pytest_asyncio.fixture
async def traveller(valley: Valley, client: aiohttp.ClientSession) -> Traveller:
    """Follows the first journey that the API finds."""
    found = Traveller(valley)
    found.journey_id = (await get(client, "journeys", **QUERY))["journeys"][0]["id"]
    return found
