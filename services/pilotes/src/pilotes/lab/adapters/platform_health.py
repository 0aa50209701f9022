"""The state of the platform, from the gateway's public addresses."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import aiohttp
import orjson

from pilotes.lab.ports import PlatformHealth, WatchedSource
from socle.http.client import read_bounded

log = logging.getLogger("pilotes.lab")

T = TypeVar("T")
_SECONDS: Final = aiohttp.ClientTimeout(total=2.0)
"""A page does not wait longer for what it only reports."""
_MAX_BYTES: Final = 4 * 1024 * 1024


class GatewayHealth:
    """Implements `HealthSource`. `base`: the gateway's address; None: nothing is known."""

    def __init__(self, session: aiohttp.ClientSession, base: str | None) -> None:
        self._session, self._base = session, base

    async def read(self) -> PlatformHealth:
        services, feeds = await asyncio.gather(
            self._get("/readyz", _services), self._get("/mobilite/v1/feeds", _feeds)
        )
        return PlatformHealth(services, feeds)

    async def _get(self, path: str, parse: Callable[[Any], T]) -> T | None:
        if self._base is None:
            return None
        try:
            request = self._session.get(self._base + path, timeout=_SECONDS, allow_redirects=False)
            async with request as answer:
                return parse(orjson.loads(await read_bounded(answer, _MAX_BYTES)))
        except (aiohttp.ClientError, TimeoutError, ValueError, TypeError, LookupError) as error:
            log.warning("%s gives no usable answer: %s", path, type(error).__name__)
            return None


def _services(content: Any) -> Sequence[WatchedSource]:
    """The gateway answers 503 with the same content while a service is not ready."""
    return [WatchedSource(str(name), why is None) for name, why in content["checks"].items()]


def _feeds(content: Any) -> Sequence[WatchedSource]:
    return [
        WatchedSource(str(feed["name"]), all(each["state"] == "live" for each in feed["real_time"]))
        for feed in content["feeds"]
        if feed["real_time"]
    ]
