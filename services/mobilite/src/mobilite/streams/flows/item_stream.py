"""Many things watched together: a listener is told them all once, then only what changed.

A view is computed once for all who watch it. It remembers for each thing when it changed last, so
that a listener who knows an older state (one that reads slowly, or comes back with the id of the
last event it had) is told the difference in one piece, and the newest only.
"""

import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from mobilite.streams.flows.subscriptions import TICK, Told, Turn, Watched, have_changed
from mobilite.streams.ports import StateSource, StateT, StateT_contra
from socle.clock import Clock

STATES_KEPT: Final = 300
"""How many states back a listener may be and still be told the difference: a minute and more."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing of a feed, ready to be sent; equal ones mean the same to a traveller."""

    body: bytes
    feed: str


Compute = Callable[[StateT, datetime], Mapping[str, Item]]
"""The things of a state at an instant, by id. Raises Refusal where there is nothing to watch."""
Parts = Callable[[StateT], tuple[object, ...]]
"""What the things are made from: where each is the very same object, they are not made again."""


class Write(Protocol[StateT_contra]):
    """Makes an event of the things that are new or changed; `gone` is None in a whole picture."""

    def __call__(
        self,
        state: StateT_contra,
        now: datetime,
        items: Collection[Item],
        gone: Collection[str] | None,
    ) -> bytes: ...


class ItemsView(Watched[StateT]):
    """The things one question asks for, computed at most once for each state and tick."""

    def __init__(
        self,
        live: StateSource[StateT],
        clock: Clock,
        compute: Compute[StateT],
        parts: Parts[StateT],
        write: Write[StateT],
    ) -> None:
        super().__init__()
        self._live, self._clock = live, clock
        self._compute, self._parts, self._write = compute, parts, write
        self._name = secrets.token_urlsafe(6)
        """Tells this view's states from those of another process, or of a former view."""
        self._items: Mapping[str, Item] = {}
        self._until = 0.0
        self._state = 0
        self._changed: dict[str, int] = {}
        self._gone: dict[str, int] = {}
        self._written: dict[int | None, Told] = {}

    def since(self, known: str | None) -> Told | None:
        """What to tell who knows the state tagged `known`; None where it is the present one."""
        state = self._state_of(known)
        if state == self._state:
            return None
        if state not in self._written:
            self._written[state] = self._tell(state)
        return self._written[state]

    def _state_of(self, tag: str | None) -> int | None:
        name, _, state = (tag or "").rpartition(".")
        if name != self._name or not state.isdecimal():
            return None
        known = int(state)
        return known if self._state - STATES_KEPT <= known <= self._state else None

    def _tell(self, known: int | None) -> Told:
        state, now, tag = self._live.state, self._clock.now(), f"{self._name}.{self._state}"
        if known is None:
            body = self._write(state, now, self._items.values(), None)
            return Told(tag, body, "snapshot")
        changed = [self._items[name] for name, at in self._changed.items() if at > known]
        gone = [name for name, at in self._gone.items() if at > known]
        return Told(tag, self._write(state, now, changed, gone), "changes")

    def due(self, turn: Turn[StateT]) -> bool:
        return turn.seconds >= self._until or have_changed(self._parts, turn)

    def look(self) -> bool:
        items = self._compute(self._live.state, self._clock.now())
        self._until = self._clock.monotonic() + TICK
        known = self._items
        news = [name for name, item in items.items() if name not in known or known[name] != item]
        gone = known.keys() - items.keys()
        if self._state and not news and not gone:
            return False
        self._turn(items, news, gone)
        return True

    def _turn(
        self, items: Mapping[str, Item], changed: Collection[str], gone: Collection[str]
    ) -> None:
        self._state += 1
        self._items = items
        self._written.clear()
        for name in gone:
            self._changed.pop(name, None)
            self._gone[name] = self._state
        for name in changed:
            self._gone.pop(name, None)
            self._changed[name] = self._state
        oldest = self._state - STATES_KEPT
        self._gone = {name: at for name, at in self._gone.items() if at > oldest}
