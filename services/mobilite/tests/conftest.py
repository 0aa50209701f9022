"""Lets the tests of this service import what they share (`from cities import …`)."""

import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from mobilite.journeys.adapters.kernel_cache import cache_kernels
from socle.testing import ServeApp

# Slow and obvious answers on random cities; the rest.
for folder in (
    "references",
    "support",
    "support/exchange",
    "support/gtfs_fares",
    "support/indicators",
    "support/passages",
    "support/web_push",
):
    sys.path.insert(0, str(Path(__file__).parent / folder))

from api_client import ConnectApi  # noqa: E402

cache_kernels(Path(__file__).parents[3] / ".cache" / "numba")


@pytest.fixture(scope="session")
def migrated_package() -> str:
    """Databases of these tests have been through the service's migrations."""
    return "mobilite"


@pytest_asyncio.fixture
async def connect_api(serve_app: ServeApp) -> AsyncIterator[ConnectApi]:
    """`await connect_api(app)`: a client of the API that this application is."""
    async with AsyncExitStack() as stack:

        async def connected(app: Any) -> aiohttp.ClientSession:
            session = aiohttp.ClientSession(f"{await serve_app(app)}/mobilite/v1/")
            return await stack.enter_async_context(session)

        yield connected
