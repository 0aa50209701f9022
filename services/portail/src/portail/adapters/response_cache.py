"""A cache of API responses: one request for concurrent callers, stale responses on error."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from socle.clock import Clock
from socle.errors import Refusal

T = TypeVar("T")
MAX_ENTRIES: Final = 1000
"""Cached responses; the least recently used one is evicted first."""
STALE_IF_ERROR_SECONDS: Final = 120.0
"""Seconds during which a stale response replaces an error (RFC 5861, stale-if-error)."""


@dataclass(frozen=True, slots=True)
class Fetched(Generic[T]):
    """A response and the seconds for which the API allows caching it."""

    value: T
    seconds: float


@dataclass(frozen=True, slots=True)
class CacheResult(Generic[T]):
    """A cached value; `late` when a new request to the API failed."""

    value: T
    late: bool = False


@dataclass(slots=True)
class _Entry:
    value: Any
    fresh_until: float
    usable_until: float


class ResponseCache:
    """Responses by address, with at most one request in flight for each."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._in_flight: dict[str, asyncio.Task[Any]] = {}

    async def get(self, address: str, fetch: Callable[[], Awaitable[Fetched[T]]]) -> CacheResult[T]:
        """The cached response for that address, or the result of `fetch`.

        Raises what `fetch` raises. Instead of "unavailable", a response that is not too old is
        returned as late.
        """
        entry = self._entries.get(address)
        if entry is not None and self._clock.monotonic() < entry.fresh_until:
            self._entries.move_to_end(address)
            return CacheResult(entry.value)
        try:
            return CacheResult(await asyncio.shield(self._shared_fetch(address, fetch)))
        except Refusal as refusal:
            away = refusal.category == "unavailable"
            if entry is None or not away or self._clock.monotonic() >= entry.usable_until:
                raise
            return CacheResult(entry.value, late=True)

    def _shared_fetch(
        self, address: str, fetch: Callable[[], Awaitable[Fetched[T]]]
    ) -> "asyncio.Task[T]":
        """The request in flight, started here if there is none. It continues for the other callers
        if the first is cancelled."""
        task = self._in_flight.get(address)
        if task is None:
            task = self._in_flight[address] = asyncio.create_task(
                self._fetch_and_store(address, fetch)
            )
            task.add_done_callback(lambda done: self._done(address, done))
        return task

    def _done(self, address: str, task: "asyncio.Task[Any]") -> None:
        del self._in_flight[address]
        if not task.cancelled():
            task.exception()  # mark it as retrieved: no caller may be waiting

    async def _fetch_and_store(self, address: str, fetch: Callable[[], Awaitable[Fetched[T]]]) -> T:
        answer = await fetch()
        now = self._clock.monotonic()
        until = now + answer.seconds
        self._entries[address] = _Entry(answer.value, until, until + STALE_IF_ERROR_SECONDS)
        self._entries.move_to_end(address)
        while len(self._entries) > MAX_ENTRIES:
            self._entries.popitem(last=False)
        return answer.value
