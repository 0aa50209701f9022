"""A client of this service's API, over real connections."""

from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp

ConnectApi = Callable[[Any], Awaitable[aiohttp.ClientSession]]
"""Serves an ASGI application and gives a client of `/mobilite/v1/`, until the test ends."""


async def get(client: aiohttp.ClientSession, path: str, status: int = 200, **query: Any) -> Any:
    """The JSON at an address; fails the test if it has another status."""
    async with client.get(path, params=query) as answer:
        assert answer.status == status, await answer.text()
        return await answer.json()
