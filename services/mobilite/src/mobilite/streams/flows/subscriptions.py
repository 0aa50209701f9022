"""Server-sent event subscriptions: each subscriber gets the latest value; older ones are dropped.

One task refreshes the subscriptions that a change of the state affects and wakes their listeners. A
subscription is computed once for all its listeners. A listener stores only the tag of the last
value sent to it, so a slow reader costs no memory.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable
from datetime import datetime
from types import TracebackType
from typing import Any, Final, Generic, TypeVar, cast
from weakref import WeakValueDictionary

from mobilite.streams.flows.subscription import (
    RenderedView,
    StateChange,
    Subscription,
    release,
)
from mobilite.streams.ports import StateSource, StateT, StateT_co
from socle.clock import Clock
from socle.errors import Refusal

TICK: Final = 5.0
"""Seconds after which a subscription is refreshed without a change of the state: ages grow."""
MIN_INTERVAL: Final = 0.2
"""Shortest time in seconds between two refreshes: changes in between are sent together."""
BATCH_DELAY: Final = 0.02
"""Seconds to wait after a quiet period, so that the records of one poll arrive together."""
HEARTBEAT: Final = 15.0
"""Seconds without a value after which a listener gets a heartbeat."""
MAX_LISTENERS: Final = 20_000
"""Listeners of one process."""
_SLICE_SECONDS: Final = 0.005
"""Seconds of refreshing before the event loop runs other tasks."""

Render = Callable[[StateT, datetime], RenderedView]
"""Renders a state at an instant. Raises Refusal if the subject does not exist."""
Parts = Callable[[StateT], tuple[object, ...]]
"""The objects a value is rendered from: while each is identical, it is not rendered again."""

RunInThread = Callable[[Callable[[], bool]], Awaitable[bool]]
"""Runs a refresh in a thread."""


def parts_changed(parts: Parts[StateT], change: StateChange[StateT]) -> bool:
    """Whether one of the parts is another object after the change."""
    before, after = parts(change.before), parts(change.after)
    return len(before) != len(after) or any(map(lambda a, b: a is not b, before, after))


class DocumentSubscription(Subscription[StateT]):
    """A complete document: rendered again when one of its parts changes, and at every tick."""

    def __init__(
        self,
        live: StateSource[StateT],
        clock: Clock,
        render: Render[StateT],
        parts: Parts[StateT],
    ) -> None:
        super().__init__()
        self._live, self._clock, self._render, self._parts = live, clock, render, parts
        self._rendered: RenderedView | None = None
        self._until = 0.0

    def due(self, change: StateChange[StateT]) -> bool:
        return change.seconds >= self._until or parts_changed(self._parts, change)

    def refresh(self) -> bool:
        before, self._until = self._rendered, self._clock.monotonic() + TICK
        self._rendered = self._render(self._live.state, self._clock.now())
        return before is None or before.tag != self._rendered.tag

    def newer_than(self, known: str | None) -> RenderedView | None:
        return None if self._rendered is None or self._rendered.tag == known else self._rendered


SubscriptionT = TypeVar("SubscriptionT", bound=Subscription[Any])


class Subscriptions(Generic[StateT_co]):
    """All current subscriptions, by key. One without listeners is garbage-collected."""

    def __init__(
        self, live: StateSource[StateT_co], clock: Clock, *, max_listeners: int = MAX_LISTENERS
    ) -> None:
        self._live, self._clock, self._max_listeners = live, clock, max_listeners
        self._by_key: WeakValueDictionary[Hashable, Subscription[Any]] = WeakValueDictionary()
        self._listeners = 0
        self._refresher: asyncio.Task[None] | None = None

    @property
    def count(self) -> int:
        """How many there are now."""
        return len(self._by_key)

    def open(
        self, key: Hashable, render: Render[StateT_co], parts: Parts[StateT_co]
    ) -> DocumentSubscription[StateT_co]:
        """The shared subscription of that key, created if there is none. Raises Refusal if there
        are too many listeners, and what `render` raises."""
        return self.share(key, lambda: DocumentSubscription(self._live, self._clock, render, parts))

    def share(self, key: Hashable, make: Callable[[], SubscriptionT]) -> SubscriptionT:
        """The shared subscription of that key, made and refreshed once if there is none. A key has
        always the same type. Raises Refusal if there are too many listeners, or as `refresh`."""
        known = self._find(key)
        if known is not None:
            return cast(SubscriptionT, known)
        created = make()
        created.refresh()
        self._by_key[key] = created
        return created

    async def share_in_thread(
        self, key: Hashable, make: Callable[[], SubscriptionT], run: RunInThread
    ) -> SubscriptionT:
        """As `share`, for subscriptions that are refreshed in a thread. `run`: runs the first
        refresh in one. Raises Refusal as it does."""
        known = self._find(key)
        if known is None:
            created = make()
            await run(created.refresh)
            # Another listener can have made it meanwhile.
            known = self._find(key) or created
            self._by_key[key] = known
        return cast(SubscriptionT, known)

    def _find(self, key: Hashable) -> Subscription[Any] | None:
        """The current subscription of a key. Raises Refusal if there are too many listeners."""
        if self._listeners >= self._max_listeners:
            raise Refusal(
                "unavailable",
                "Trop de personnes suivent ceci en ce moment : redemandez la page simple.",
                retry_after=30,
            )
        known = self._by_key.get(key)
        return None if known is None or known.ended else known

    def listen(self, subscription: Subscription[Any], known: str | None) -> "Listener":
        """A listener: enter it, then iterate. `known`: the tag of the value that it already has."""
        return Listener(self, self._clock, subscription, known)

    def enter(self) -> None:
        """Count one more listener. The first one starts the refresh task."""
        self._listeners += 1
        if self._refresher is None:
            self._refresher = asyncio.create_task(self._refresh_loop(), name="watch")

    def leave(self) -> None:
        """Count one listener less. The last one stops the refresh task."""
        self._listeners -= 1
        if self._listeners == 0 and self._refresher is not None:
            self._refresher.cancel()
            self._refresher = None

    async def _refresh_loop(self) -> None:
        before = self._live.state
        # The state can have changed since they were created, before this task ran.
        await self._refresh_all(list(self._by_key.values()))
        while True:
            refreshed_at = self._clock.monotonic()
            await self._wait_for_change(before, refreshed_at)
            state = self._live.state
            change = StateChange(before, state, self._clock.now(), self._clock.monotonic())
            before = state
            await self._refresh_all([each for each in self._by_key.values() if each.due(change)])

    async def _refresh_all(self, subscriptions: Iterable[Subscription[Any]]) -> None:
        """Refresh them, with a break every `_SLICE_SECONDS`, so that requests are not delayed."""
        loop = asyncio.get_running_loop()
        until = loop.time() + _SLICE_SECONDS
        for subscription in subscriptions:
            await subscription.refresh_and_notify()
            if loop.time() >= until:
                await asyncio.sleep(0)
                until = loop.time() + _SLICE_SECONDS

    async def _wait_for_change(self, known: object, refreshed_at: float) -> None:
        """Wait until the state is not `known`, at most one tick, and `MIN_INTERVAL` after the last
        refresh, which began at `refreshed_at` on the monotonic clock."""
        if self._live.state is known:
            try:
                async with asyncio.timeout(TICK):
                    await self._live.next_change()
            except TimeoutError:
                return
        await asyncio.sleep(max(BATCH_DELAY, refreshed_at + MIN_INTERVAL - self._clock.monotonic()))


class Listener:
    """One listener: an async iterator of values; None is a heartbeat. It ends when the subject no
    longer exists, or after `end`. As a context manager it is counted among the listeners."""

    def __init__(
        self,
        subscriptions: Subscriptions[Any],
        clock: Clock,
        subscription: Subscription[Any],
        known: str | None,
    ) -> None:
        self._subscriptions, self._clock = subscriptions, clock
        self._subscription, self._known = subscription, known
        self._last_sent = clock.monotonic()
        self._ended = False
        self._waiting: asyncio.Future[None] | None = None

    def __enter__(self) -> "Listener":
        self._subscriptions.enter()
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._subscriptions.leave()

    def end(self) -> None:
        """Send nothing more."""
        self._ended = True
        if self._waiting is not None:
            release(self._waiting)

    def __aiter__(self) -> "Listener":
        return self

    async def __anext__(self) -> RenderedView | None:
        while not (self._ended or self._subscription.ended):
            rendered, instant = self._subscription.newer_than(self._known), self._clock.monotonic()
            if rendered is not None:
                self._known, self._last_sent = rendered.tag, instant
                return rendered
            left = self._last_sent + HEARTBEAT - instant
            if left <= 0:
                self._last_sent = instant
                return None
            self._waiting = asyncio.get_running_loop().create_future()
            await self._subscription.wait(left, self._waiting)
        raise StopAsyncIteration
