"""A cache of API responses: concurrent callers share a request, errors give stale responses."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from socle.clock import Clock
from socle.errors import Refusal

T = TypeVar("T")
MAX_ENTRIES: Final = 1000
"""Past it, the least recently used response is evicted."""
STALE_IF_ERROR_SECONDS: Final = 120.0
"""For how long a stale response replaces an error (RFC 5861, stale-if-error)."""


@dataclass(frozen=True, slots=True)
class Fetched(Generic[T]):
    """A response of the API."""

    value: T
    seconds: float | None
    """For how long it can be cached; None: it must not be stored."""


@dataclass(frozen=True, slots=True)
class CacheResult(Generic[T]):
    """A response, from the cache or of the API."""

    value: T
    late: bool = False
    """Whether it is stale, and a new request to the API failed."""


@dataclass(slots=True)
class _Entry:
    """A cached response, with instants in monotonic seconds."""

    value: Any
    fresh_until: float
    usable_until: float
    """Until then it replaces an error."""


class ResponseCache:
    """Responses by address, with at most one request in flight for each."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._in_flight: dict[str, asyncio.Task[Any]] = {}

    async def get(self, address: str, fetch: Callable[[], Awaitable[Fetched[T]]]) -> CacheResult[T]:
        """The cached response for that address, or the result of `fetch`.

        Raises what `fetch` raises. Instead of "unavailable", a stale response that is not too old
        is returned as late.
        """
        entry = self._entries.get(address)
        if entry is not None and self._clock.monotonic() < entry.fresh_until:
            self._entries.move_to_end(address)
            return CacheResult(entry.value)
        try:
            return CacheResult(await asyncio.shield(self._shared_fetch(address, fetch)))
        except Refusal as refusal:
            is_unavailable = refusal.category == "unavailable"
            if entry is None or not is_unavailable or self._clock.monotonic() >= entry.usable_until:
                raise
            return CacheResult(entry.value, late=True)

    def _shared_fetch(
        self, address: str, fetch: Callable[[], Awaitable[Fetched[T]]]
    ) -> "asyncio.Task[T]":
        """The request in flight for that address, started here if there is none.

        It continues for the other callers if the first one is cancelled.
        """
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
            task.exception()  # marks it as retrieved, in case all callers were cancelled

    async def _fetch_and_store(self, address: str, fetch: Callable[[], Awaitable[Fetched[T]]]) -> T:
        answer = await fetch()
        if answer.seconds is None:
            self._entries.pop(address, None)
            return answer.value
        until = self._clock.monotonic() + answer.seconds
        self._entries[address] = _Entry(answer.value, until, until + STALE_IF_ERROR_SECONDS)
        self._entries.move_to_end(address)
        while len(self._entries) > MAX_ENTRIES:
            self._entries.popitem(last=False)
        return answer.value
