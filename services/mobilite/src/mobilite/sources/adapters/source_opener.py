"""Opens the addresses of feeds.toml: an HTTP server or a file."""

import contextlib
import random

import aiohttp

from mobilite.feeds.adapters.feeds_file import is_http
from mobilite.sources.adapters.file_source import FileSource
from mobilite.sources.adapters.http_source import LIMITS, HttpSource
from mobilite.sources.ports import (
    DESK_FEED_PATH,
    DESK_NAME,
    ESTIMATES_FEED_PATH,
    ESTIMATES_NAME,
    Source,
)
from socle.clock import Clock


class SourceOpener:
    """Opens addresses over one HTTP session."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        clock: Clock,
        *,
        desk: str | None = None,
        estimates: str | None = None,
    ) -> None:
        """`desk`, `estimates`: the base URLs of the desk role and of the one that estimates, if
        they exist."""
        self._session = session
        self._clock = clock
        self._desk, self._estimates = desk, estimates

    def is_desk(self, address: str) -> bool:
        """Whether the address is one of the desk role."""
        return self._desk is not None and address.startswith(f"{self._desk}{DESK_FEED_PATH}/")

    async def wait_for_desk(self, *, within: float) -> None:
        """Wait for the desk role to start, at most `within` seconds. Returns in either case."""
        if self._desk is None:
            return
        end = self._clock.monotonic() + within
        while self._clock.monotonic() < end:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                timeout = aiohttp.ClientTimeout(total=1.0)
                async with self._session.get(f"{self._desk}/readyz", timeout=timeout) as answer:
                    if answer.status == 200:
                        return
            await self._clock.sleep(0.1)

    def open(self, address: str, *, declared: str | None = None) -> Source:
        """The source of an address from `read_feeds` (http(s) or an absolute path), or of one that
        was found through the address `declared`."""
        if is_http(address):
            return HttpSource(
                address,
                session=self._session,
                clock=self._clock,
                random=random.random,
                display_name=self._own_name(address),
                declared=declared,
            )
        return FileSource(address, clock=self._clock, max_bytes=LIMITS.max_bytes)

    def _own_name(self, address: str) -> str | None:
        """The display name of an address of this platform; None of an operator's."""
        if self.is_desk(address):
            return DESK_NAME
        # Both roles can be one program: the path decides.
        own = f"{self._estimates}{ESTIMATES_FEED_PATH}/"
        return ESTIMATES_NAME if self._estimates and address.startswith(own) else None
