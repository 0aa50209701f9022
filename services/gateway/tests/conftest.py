"""Fixtures of the gateway's tests. What they give is in `support/`."""

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
    """A client that leaves every byte as it is."""
    timeout = aiohttp.ClientTimeout(total=20)
    async with aiohttp.ClientSession(auto_decompress=False, timeout=timeout) as session:
        yield session


@pytest_asyncio.fixture
async def lab(world: World, postgres_url: str, tmp_path: Path) -> AsyncIterator["LoginWorld"]:
    """A place where people log in, without a provider yet."""
    from login_world import LoginWorld

    async with AsyncExitStack() as stack:
        yield LoginWorld(world, stack, postgres_url, tmp_path)


@pytest_asyncio.fixture
async def issuer(lab: "LoginWorld") -> "EmbeddedIssuer":
    """The house's issuer, and the port that the gateway it knows must have."""
    pytest.importorskip("embedded", reason="needs the issuer that comes with the house")
    from identity_providers import EmbeddedIssuer

    return await EmbeddedIssuer(lab.folder, lab.stack, free_port()).start()


@pytest.fixture(scope="session")
def migrated_package() -> str:
    """Databases of these tests have been through the service's migrations."""
    return "gateway"
