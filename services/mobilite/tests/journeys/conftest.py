"""The API of journeys in the valley, with compiled kernels."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from kernels import compile_once
from travellers import QUERY, Connect, Follow, Search, Traveller, get
from valley import HOSPITAL, VILLAGE, Valley

from mobilite.journeys.domain.warm_up import warm_up
from socle.testing import ServeApp

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
def search(serve_app: ServeApp) -> Search:
    """Searches journeys in a valley, from the village to the hospital unless asked otherwise."""

    async def search_in(valley: Valley, status: int = 200, **query: Any) -> Any:
        await valley.refresh()
        address = await serve_app(valley.app())
        sent = {"from": VILLAGE, "to": HOSPITAL, "at": SEVEN_FORTY} | query
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{address}/mobilite/v1/journeys", params=sent) as answer,
        ):
            assert answer.status == status, await answer.text()
            return await answer.json()

    return search_in


@pytest_asyncio.fixture
async def connect(serve_app: ServeApp) -> AsyncIterator[Connect]:
    """A client of the API of a valley."""
    async with AsyncExitStack() as stack:

        async def connected(valley: Valley) -> aiohttp.ClientSession:
            await valley.refresh()
            address = await serve_app(valley.app())
            session = aiohttp.ClientSession(f"{address}/mobilite/v1/")
            return await stack.enter_async_context(session)

        yield connected


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
