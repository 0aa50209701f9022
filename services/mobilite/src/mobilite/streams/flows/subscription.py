"""One subscription that several listeners share: its latest value, and who waits for it."""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar, cast

from mobilite.streams.ports import StateT_co, StateT_contra
from socle.errors import Refusal

log = logging.getLogger(__name__)

ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True)
class RenderedView:
    """A rendered value."""

    tag: str
    """Identifies the content: equal tags mean equal contents, except for ages."""
    body: bytes
    """Its JSON."""
    event: str | None = None
    """The SSE event type; None if the stream has only one."""


@dataclass(frozen=True, slots=True)
class StateChange(Generic[StateT_co]):
    """A change of the state, or the end of a tick without one."""

    before: StateT_co
    after: StateT_co
    now: datetime
    """The instant of the check for changes."""
    seconds: float
    """The same on the monotonic clock."""
    _results: dict[Hashable, Any] = field(default_factory=dict)

    def once(self, key: Hashable, make: Callable[[], ResultT]) -> ResultT:
        """The result of `make`, computed once for all subscriptions that use the same key."""
        if key not in self._results:
            self._results[key] = make()
        return cast(ResultT, self._results[key])


class Subscription(ABC, Generic[StateT_contra]):
    """One shared subscription and the listeners that wait for it to change."""

    in_thread: ClassVar[bool] = False
    """Whether `refresh` takes so long that it runs in a thread."""

    def __init__(self) -> None:
        self.ended = False
        """Whether its subject no longer exists, or it could not be refreshed."""
        self._waiting: set[asyncio.Future[None]] = set()

    @abstractmethod
    def due(self, change: StateChange[StateT_contra]) -> bool:
        """Whether the value could be different after the change, so that `refresh` is needed."""

    @abstractmethod
    def refresh(self) -> bool:
        """Render again; returns whether the value changed. Raises Refusal if the subject ended."""

    @abstractmethod
    def newer_than(self, known: str | None) -> RenderedView | None:
        """The value for a listener that has the tag `known`; None if it is current."""

    async def refresh_and_notify(self) -> None:
        """Refresh, and wake the listeners if the value changed or the subscription ended."""
        try:
            changed = await asyncio.to_thread(self.refresh) if self.in_thread else self.refresh()
        except Refusal:
            self.ended = changed = True
        except Exception:
            log.exception("Could not refresh a subscription")
            self.ended = changed = True
        if changed:
            for waiting in self._waiting:
                release(waiting)

    async def wait(self, within: float, waiting: "asyncio.Future[None]") -> None:
        """Wait for a new value, at most `within` seconds, or until `waiting` is resolved."""
        timer = asyncio.get_running_loop().call_later(within, release, waiting)
        self._waiting.add(waiting)
        try:
            await waiting
        finally:
            timer.cancel()
            self._waiting.discard(waiting)


def release(waiting: "asyncio.Future[None]") -> None:
    """Resolve a future, unless it is already done."""
    if not waiting.done():
        waiting.set_result(None)
