"""Makes the helpers of this folder importable, whatever folder pytest is started from, and starts
the issuer for the tests that use it."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

sys.path.insert(0, str(Path(__file__).parent))

from issuer_client import CLIENTS, Person
from programs import Server, running


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Clients here are aiokafka as it is published, which expects asyncio's own loop; how it gets
    on with uvloop is the business of `socle.kafka`."""
    return {"asyncio": asyncio.new_event_loop}


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The issuer as a program, with the clients of `issuer_client`."""
    folder = tmp_path_factory.mktemp("issuer") / "data"
    folder.mkdir()
    (folder / "clients.json").write_text(json.dumps(CLIENTS))
    with running("issuer", folder) as server:
        yield server


@pytest_asyncio.fixture
async def person(issuer: Server) -> AsyncIterator[Person]:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        yield Person(http, issuer.address)
