"""Fixtures of the gateway's tests, built from `support/`."""

import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest
import pytest_asyncio

sys.path.insert(0, str(Path(__file__).parent / "support"))

from gateway_world import World

from socle.testing import free_port

if TYPE_CHECKING:
    from identity_providers import EmbeddedIssuer
    from login_world import LoginWorld


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        yield World(stack)


@pytest_asyncio.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    """A client that decodes nothing."""
    timeout = aiohttp.ClientTimeout(total=60)  # only an upper bound
    async with aiohttp.ClientSession(auto_decompress=False, timeout=timeout) as session:
        yield session


@pytest_asyncio.fixture
async def lab(world: World, postgres_url: str, tmp_path: Path) -> AsyncIterator["LoginWorld"]:
    """A login world, without a provider yet."""
    from login_world import LoginWorld

    async with AsyncExitStack() as stack:
        yield LoginWorld(world, stack, postgres_url, tmp_path)


@pytest_asyncio.fixture
async def issuer(lab: "LoginWorld") -> "EmbeddedIssuer":
    """The embedded issuer, and the port of the gateway it redirects to."""
    pytest.importorskip("embedded", reason="needs the issuer that comes with the house")
    from identity_providers import EmbeddedIssuer

    return await EmbeddedIssuer(lab.folder, lab.stack, free_port()).start()


@pytest.fixture(scope="session")
def migrated_package() -> str:
    """The databases of these tests have the service's migrations applied."""
    return "gateway"
