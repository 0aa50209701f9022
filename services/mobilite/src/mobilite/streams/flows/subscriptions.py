"""What many people watch: told again when it changes, and never more than the newest.

One task looks at what is watched, and wakes the listeners of what says something new: a change of
the region costs those it touches, however many listen. A view is computed once for all who watch
it. A listener keeps nothing but the tag of what it was told last, so one that reads slowly misses
the states in between and costs no memory.
"""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any, Final, Generic, TypeVar, cast
from weakref import WeakValueDictionary

from mobilite.streams.ports import StateSource, StateT, StateT_co, StateT_contra
from socle.clock import Clock
from socle.errors import Refusal

TICK: Final = 5.0
"""Seconds after which a view is looked at again though nothing was heard: time passes in it."""
GATHER: Final = 0.2
"""Seconds between two looks at least: what changes in between is told together."""
SETTLE: Final = 0.02
"""Seconds left to the records of one poll to arrive together, after a quiet moment."""
HEARTBEAT: Final = 15.0
MOST_LISTENERS: Final = 20_000
_SLICE: Final = 0.005
"""Seconds spent on views before others on the loop have their turn."""

log = logging.getLogger(__name__)

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Told:
    """A view ready to be sent; equal tags say the same thing to a traveller. `event` is its kind
    where a view has several."""

    tag: str
    body: bytes
    event: str | None = None


@dataclass(frozen=True, slots=True)
class Turn(Generic[StateT_co]):
    """What may have changed between two looks; `seconds` are the monotonic clock's."""

    before: StateT_co
    after: StateT_co
    now: datetime
    seconds: float
    _made: dict[Hashable, Any] = field(default_factory=dict)

    def once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What `make` makes, once for all views that ask under that key."""
        if key not in self._made:
            self._made[key] = make()
        return cast(Made, self._made[key])


class Watched(ABC, Generic[StateT_contra]):
    """One thing watched, and those who wait for it to change."""

    def __init__(self) -> None:
        self.over = False
        self._waiting: set[asyncio.Future[None]] = set()

    @abstractmethod
    def due(self, turn: Turn[StateT_contra]) -> bool:
        """Whether it may say something else after that turn."""

    @abstractmethod
    def look(self) -> bool:
        """Make it anew; whether it says something else now. Raises Refusal where there is nothing
        to watch any more."""

    @abstractmethod
    def since(self, known: str | None) -> Told | None:
        """What to tell who knows the state tagged `known`; None where there is nothing new."""

    def refresh(self) -> None:
        """Look, and wake those who wait where there is something to say, or never will be."""
        try:
            changed = self.look()
        except Refusal:
            self.over = changed = True
        except Exception:
            log.exception("Could not make what is watched")
            self.over = changed = True
        if changed:
            for waiting in self._waiting:
                _release(waiting)

    async def news(self, within: float, waiting: "asyncio.Future[None]") -> None:
        """Wait until it says something else, that many seconds at most, or until `waiting` is
        released by somebody else."""
        timer = asyncio.get_running_loop().call_later(within, _release, waiting)
        self._waiting.add(waiting)
        try:
            await waiting
        finally:
            timer.cancel()
            self._waiting.discard(waiting)


def _release(waiting: "asyncio.Future[None]") -> None:
    if not waiting.done():
        waiting.set_result(None)


Compute = Callable[[StateT, datetime], Told]
"""The view of a state at an instant. Raises Refusal where there is nothing to watch any more."""
Parts = Callable[[StateT], tuple[object, ...]]
"""What a view is made from: where each is the very same object, the view is not computed again."""


def have_changed(parts: Parts[StateT], turn: Turn[StateT]) -> bool:
    """Whether one of these is another after the turn."""
    before, after = parts(turn.before), parts(turn.after)
    return len(before) != len(after) or any(map(lambda a, b: a is not b, before, after))


class View(Watched[StateT]):
    """One thing told whole: made anew when one of its parts changed, and at every tick."""

    def __init__(
        self,
        live: StateSource[StateT],
        clock: Clock,
        compute: Compute[StateT],
        parts: Parts[StateT],
    ) -> None:
        super().__init__()
        self._live, self._clock, self._compute, self._parts = live, clock, compute, parts
        self._told: Told | None = None
        self._until = 0.0

    def due(self, turn: Turn[StateT]) -> bool:
        return turn.seconds >= self._until or have_changed(self._parts, turn)

    def look(self) -> bool:
        before, self._until = self._told, self._clock.monotonic() + TICK
        self._told = self._compute(self._live.state, self._clock.now())
        return before is None or before.tag != self._told.tag

    def since(self, known: str | None) -> Told | None:
        return None if self._told is None or self._told.tag == known else self._told


WatchedT = TypeVar("WatchedT", bound=Watched[Any])


class Watch(Generic[StateT_co]):
    """All that somebody watches. What nobody watches is forgotten by itself."""

    def __init__(
        self, live: StateSource[StateT_co], clock: Clock, *, most: int = MOST_LISTENERS
    ) -> None:
        self._live, self._clock, self._most = live, clock, most
        self._views: WeakValueDictionary[Hashable, Watched[Any]] = WeakValueDictionary()
        self._listeners = 0
        self._keeper: asyncio.Task[None] | None = None

    def open(
        self, key: Hashable, compute: Compute[StateT_co], parts: Parts[StateT_co]
    ) -> View[StateT_co]:
        """The view of that key, shared; the two make it where nobody watches it yet.

        Raises Refusal where there are too many listeners, and what computing it raises.
        """
        return self.share(key, lambda: View(self._live, self._clock, compute, parts))

    def share(self, key: Hashable, make: Callable[[], WatchedT]) -> WatchedT:
        """The same, of any kind; one key is always of one kind."""
        if self._listeners >= self._most:
            raise Refusal(
                "unavailable",
                "Trop de personnes suivent ceci en ce moment : redemandez la page simple.",
                retry_after=30,
            )
        known = self._views.get(key)
        if known is not None and not known.over:
            return cast(WatchedT, known)
        made = make()
        made.look()
        self._views[key] = made
        return made

    def listen(self, view: Watched[Any], known: str | None) -> "Listening":
        """What a listener who knows the tag `known` is to be told: enter it, then iterate."""
        return Listening(self, self._clock, view, known)

    def enter(self) -> None:
        """One listener more. The first one has the task begin that looks."""
        self._listeners += 1
        if self._keeper is None:
            self._keeper = asyncio.create_task(self._keep(), name="watch")

    def leave(self) -> None:
        """One listener less; without any, nothing is looked at."""
        self._listeners -= 1
        if self._listeners == 0 and self._keeper is not None:
            self._keeper.cancel()
            self._keeper = None

    async def _keep(self) -> None:
        before = self._live.state
        await self._look_at(list(self._views.values()))  # made before anybody looked
        while True:
            looked = self._clock.monotonic()
            await self._news(before, looked)
            state = self._live.state
            turn = Turn(before, state, self._clock.now(), self._clock.monotonic())
            before = state
            await self._look_at([view for view in self._views.values() if view.due(turn)])

    async def _look_at(self, views: Iterable[Watched[Any]]) -> None:
        """Make them anew, a few at a time: answers to others must not wait for all of them."""
        loop = asyncio.get_running_loop()
        until = loop.time() + _SLICE
        for view in views:
            view.refresh()
            if loop.time() >= until:
                await asyncio.sleep(0)
                until = loop.time() + _SLICE

    async def _news(self, known: object, looked: float) -> None:
        if self._live.state is known:
            try:
                async with asyncio.timeout(TICK):
                    await self._live.next_change()
            except TimeoutError:
                return
        await asyncio.sleep(max(SETTLE, looked + GATHER - self._clock.monotonic()))


class Listening:
    """One listener of a view: an iterator of what to tell it, None being a sign of life. It ends
    where what is watched does not exist any more, and soon after `end`."""

    def __init__(
        self, watch: Watch[Any], clock: Clock, view: Watched[Any], known: str | None
    ) -> None:
        self._watch, self._clock, self._view, self._known = watch, clock, view, known
        self._quiet_since = clock.monotonic()
        self._ended = False
        self._waiting: asyncio.Future[None] | None = None

    def __enter__(self) -> "Listening":
        self._watch.enter()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._watch.leave()

    def end(self) -> None:
        """Tell nothing more."""
        self._ended = True
        if self._waiting is not None:
            _release(self._waiting)

    def __aiter__(self) -> "Listening":
        return self

    async def __anext__(self) -> Told | None:
        while not (self._ended or self._view.over):
            told, instant = self._view.since(self._known), self._clock.monotonic()
            if told is not None:
                self._known, self._quiet_since = told.tag, instant
                return told
            left = self._quiet_since + HEARTBEAT - instant
            if left <= 0:
                self._quiet_since = instant
                return None
            self._waiting = asyncio.get_running_loop().create_future()
            await self._view.news(left, self._waiting)
        raise StopAsyncIteration
