"""Opening one GTFS-RT address of feeds.toml: a server or a file."""

import contextlib
import random

import aiohttp

from mobilite.feeds.adapters.feeds_file import is_http
from mobilite.sources.adapters.file_source import FileSource
from mobilite.sources.adapters.http_source import LIMITS, HttpSource
from mobilite.sources.ports import DESK_SHOWN, Source
from socle.clock import Clock


class PollSources:
    """Opens addresses, all over one HTTP session; those under `desk` are the house's own."""

    def __init__(
        self, session: aiohttp.ClientSession, clock: Clock, *, desk: str | None = None
    ) -> None:
        self._session = session
        self._clock = clock
        self._desk = desk

    def is_desk(self, address: str) -> bool:
        """Whether the address is one of the desk's."""
        return self._desk is not None and address.startswith(f"{self._desk}/")

    async def desk_there(self, *, within: float) -> None:
        """Wait for the desk, which starts when we do; no longer than `within` seconds."""
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
        """The source of one address as `read_feeds` gives it, http(s) or an absolute path; or of
        one that the server of the address `declared` there has named."""
        if is_http(address):
            return HttpSource(
                address,
                session=self._session,
                clock=self._clock,
                random=random.random,
                shown_as=DESK_SHOWN if self.is_desk(address) else None,
                declared=declared,
            )
        return FileSource(address, clock=self._clock, max_bytes=LIMITS.max_bytes)
