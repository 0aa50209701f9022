"""Opens the addresses of feeds.toml: an HTTP server or a file."""

import contextlib
import random

import aiohttp

from mobilite.feeds.adapters.feeds_file import is_http
from mobilite.sources.adapters.file_source import FileSource
from mobilite.sources.adapters.http_source import LIMITS, HttpSource
from mobilite.sources.ports import DESK_NAME, Source
from socle.clock import Clock


class SourceOpener:
    """Opens addresses over one HTTP session."""

    def __init__(
        self, session: aiohttp.ClientSession, clock: Clock, *, desk: str | None = None
    ) -> None:
        """`desk`: the base URL of the desk role, if there is one."""
        self._session = session
        self._clock = clock
        self._desk = desk

    def is_desk(self, address: str) -> bool:
        """Whether the address is one of the desk role."""
        return self._desk is not None and address.startswith(f"{self._desk}/")

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
                display_name=DESK_NAME if self.is_desk(address) else None,
                declared=declared,
            )
        return FileSource(address, clock=self._clock, max_bytes=LIMITS.max_bytes)
