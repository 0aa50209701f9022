"""What many people watch: told again when it changes, and never more than the newest.

A view is computed once for all who watch it. A listener keeps nothing but the tag of what it was
told last, so one that reads slowly misses the states in between and costs no memory.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol, TypeVar, cast
from weakref import WeakValueDictionary

from mobilite.flows.live import Live, LiveState
from socle.clock import Clock
from socle.errors import Refusal

TICK: Final = 5.0
"""Seconds after which a view is looked at again though nothing was heard: time passes in it."""
GATHER: Final = 0.2
"""Seconds left to the records of one poll to arrive together."""
HEARTBEAT: Final = 15.0
MOST_LISTENERS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Told:
    """A view ready to be sent; equal tags say the same thing to a traveller. `event` is its kind
    where a view has several."""

    tag: str
    body: bytes
    event: str | None = None


Compute = Callable[[LiveState, datetime], Told]
"""The view of a state at an instant. Raises Refusal where there is nothing to watch any more."""
Parts = Callable[[LiveState], tuple[object, ...]]
"""What a view is made from: where each is the very same object, the view is not computed again."""


class Watched(Protocol):
    """What `Watch` shares between listeners."""

    def since(self, known: str | None) -> Told | None:
        """What to tell who knows the state tagged `known`; None where there is nothing new."""
        ...


W = TypeVar("W", bound=Watched)


class View:
    """One thing watched, computed at most once for each state and tick."""

    def __init__(self, live: Live, clock: Clock, compute: Compute, parts: Parts) -> None:
        self._live, self._clock, self._compute, self._parts = live, clock, compute, parts
        self._told: Told | None = None
        self._made_from: tuple[object, ...] = ()
        self._until = 0.0

    def current(self) -> Told:
        """The view now. Raises what computing it raises."""
        state, instant = self._live.state, self._clock.monotonic()
        parts = self._parts(state)
        if self._told is None or instant >= self._until or not self._same(parts):
            self._told = self._compute(state, self._clock.now())
            self._made_from, self._until = parts, instant + TICK
        return self._told

    def since(self, known: str | None) -> Told | None:
        """The view, for who knows another."""
        told = self.current()
        return None if told.tag == known else told

    def _same(self, parts: tuple[object, ...]) -> bool:
        before = self._made_from
        return len(before) == len(parts) and all(map(lambda a, b: a is b, before, parts))


class Watch:
    """The views of one kind somebody watches. One that nobody watches is forgotten by itself."""

    def __init__(self, live: Live, clock: Clock) -> None:
        self._live, self._clock = live, clock
        self._views: WeakValueDictionary[Hashable, Watched] = WeakValueDictionary()
        self._listeners = 0

    def open(self, key: Hashable, compute: Compute, parts: Parts) -> View:
        """The view of that key, shared; the two make it where nobody watches it yet.

        Raises Refusal where there are too many listeners, and what computing it raises.
        """
        return self.share(key, lambda: View(self._live, self._clock, compute, parts))

    def share(self, key: Hashable, make: Callable[[], W]) -> W:
        """The same, of any kind; one key is always of one kind."""
        if self._listeners >= MOST_LISTENERS:
            raise Refusal(
                "unavailable",
                "Trop de personnes suivent ceci en ce moment : redemandez la page simple.",
                retry_after=30,
            )
        known = cast(W | None, self._views.get(key))
        if known is not None:
            return known
        made = make()
        made.since(None)
        self._views[key] = made
        return made

    async def listen(self, view: Watched, known: str | None) -> AsyncIterator[Told | None]:
        """What a listener who knows the tag `known` is to be told; None is a sign of life.

        Ends where what is watched does not exist any more.
        """
        self._listeners += 1
        quiet_since = self._clock.monotonic()
        try:
            while True:
                told, instant = view.since(known), self._clock.monotonic()
                if told is not None:
                    known, quiet_since = told.tag, instant
                    yield told
                    # It may have been read slowly: look again before waiting for news.
                    continue
                if instant - quiet_since >= HEARTBEAT:
                    quiet_since = instant
                    yield None
                await self._news()
        except Refusal:
            return
        finally:
            self._listeners -= 1

    async def _news(self) -> None:
        try:
            async with asyncio.timeout(TICK):
                await self._live.next_change()
        except TimeoutError:
            return
        await asyncio.sleep(GATHER)
