"""Fixtures of the gateway's tests. What they give is in `gateway_world`, beside this file."""

import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest_asyncio

sys.path.insert(0, str(Path(__file__).parent))

from gateway_world import World


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
