"""Fixtures of the portal's tests. What they give is in `region`, beside this file."""

import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest_asyncio

sys.path.insert(0, str(Path(__file__).parent))

from record_site import Site, open_site
from region_api import Layer, Region, StartPortal

from portail.adapters.public_api import HttpPublicApi
from portail.api.app import make_portal
from portail.flows.watch_board import WatchedStops
from portail.settings import PortailSettings
from socle.auth import AnonymousCallers
from socle.clock import ManualClock
from socle.http import http_client
from socle.testing import ServeApp


@pytest_asyncio.fixture
async def region(serve_app: ServeApp) -> Region:
    """A public API with the test's data, on a real server."""
    region = Region()
    region.address = await serve_app(region)
    return region


@pytest_asyncio.fixture
async def start_portal(
    serve_app: ServeApp, manual_clock: ManualClock
) -> AsyncIterator[StartPortal]:
    """`await start_portal(api)`: the pages over an API, on a real server; their address.

    `layer`: identifies callers; by default, all are anonymous. Further arguments are settings.
    """
    async with AsyncExitStack() as stack:

        async def start(api: str, layer: Layer = AnonymousCallers, **changes: Any) -> str:
            session, streams = [
                await stack.enter_async_context(http_client(time_limit=limit))
                for limit in (60.0, None)
            ]
            outside = HttpPublicApi(session, streams, base=api, clock=manual_clock)
            values: dict[str, Any] = {"api": api, "contact": "acces@exemple.fr"} | changes
            settings = PortailSettings(**values)
            watched = WatchedStops(outside)
            portal = make_portal(outside, watched, settings=settings, clock=manual_clock)
            return await serve_app(layer(portal))

        yield start


@pytest_asyncio.fixture
async def portal(region: Region, start_portal: StartPortal) -> str:
    """The pages over the region."""
    return await start_portal(region.address)


@pytest_asyncio.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    """A browser without scripts."""
    timeout = aiohttp.ClientTimeout(total=60)  # only an upper bound
    async with aiohttp.ClientSession(timeout=timeout) as session:
        yield session


@pytest_asyncio.fixture
async def site(
    serve_app: ServeApp, manual_clock: ManualClock, client: aiohttp.ClientSession, tmp_path: Path
) -> AsyncIterator[Site]:
    """The pages of records, over a FHIR server with the test's data."""
    async with open_site(serve_app, manual_clock, client, tmp_path) as site:
        yield site
