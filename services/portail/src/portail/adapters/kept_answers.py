"""The last answers of the API: asked for once by many, and shown again while it is away."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from socle.clock import Clock
from socle.errors import Refusal

T = TypeVar("T")
AT_MOST: Final = 1000
"""Answers kept; the one not asked for the longest goes first."""
IN_PLACE_OF_AN_ERROR: Final = 120.0
"""Seconds during which an old answer is better than none (RFC 5861, stale-if-error)."""


@dataclass(frozen=True, slots=True)
class Fresh(Generic[T]):
    """An answer and for how many seconds the API lets it be kept."""

    value: T
    seconds: float


@dataclass(frozen=True, slots=True)
class Told(Generic[T]):
    """What is told of an answer: `late` where the API was asked again and failed."""

    value: T
    late: bool = False


@dataclass(slots=True)
class _Kept:
    value: Any
    fresh_until: float
    usable_until: float


class KeptAnswers:
    """Answers by their address. One question at a time is under way for each."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._asking: dict[str, asyncio.Task[Any]] = {}

    async def get(self, address: str, ask: Callable[[], Awaitable[Fresh[T]]]) -> Told[T]:
        """The answer kept for that address, or that of `ask`.

        Raises what `ask` raises; where that is "unavailable", an answer that is not too old is
        told instead, as late.
        """
        kept = self._kept.get(address)
        if kept is not None and self._clock.monotonic() < kept.fresh_until:
            self._kept.move_to_end(address)
            return Told(kept.value)
        try:
            return Told(await asyncio.shield(self._ask(address, ask)))
        except Refusal as refusal:
            away = refusal.category == "unavailable"
            if kept is None or not away or self._clock.monotonic() >= kept.usable_until:
                raise
            return Told(kept.value, late=True)

    def _ask(self, address: str, ask: Callable[[], Awaitable[Fresh[T]]]) -> "asyncio.Task[T]":
        """The question under way, begun here if it is not: it goes on for the others when the one
        who began it goes away."""
        task = self._asking.get(address)
        if task is None:
            task = self._asking[address] = asyncio.create_task(self._keep(address, ask))
            task.add_done_callback(lambda done: self._done(address, done))
        return task

    def _done(self, address: str, task: "asyncio.Task[Any]") -> None:
        del self._asking[address]
        if not task.cancelled():
            task.exception()  # nobody may be left to hear it

    async def _keep(self, address: str, ask: Callable[[], Awaitable[Fresh[T]]]) -> T:
        answer = await ask()
        now = self._clock.monotonic()
        until = now + answer.seconds
        self._kept[address] = _Kept(answer.value, until, until + IN_PLACE_OF_AN_ERROR)
        self._kept.move_to_end(address)
        while len(self._kept) > AT_MOST:
            self._kept.popitem(last=False)
        return answer.value
