"""Subscriptions to a list of items: the complete list first, then only the changes.

The list is computed once for all listeners. For each item the subscription stores the state number
of its last change, so that a listener with an older state (a slow reader, or a reconnection with
Last-Event-ID) gets all differences in one event.
"""

import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from mobilite.streams.flows.subscription import RenderedView, StateChange, Subscription
from mobilite.streams.flows.subscriptions import TICK, parts_changed
from mobilite.streams.ports import StateSource, StateT, StateT_contra
from socle.clock import Clock

STATES_RETAINED: Final = 300
"""How many states a listener can be behind and still get the difference: over a minute's worth."""


@dataclass(frozen=True, slots=True)
class Item:
    """One rendered item. Equal items need not be sent again."""

    body: bytes
    """Its JSON."""
    feed: str
    """The id of its feed."""


ListItems = Callable[[StateT, datetime], Mapping[str, Item]]
"""Lists the items of a state at an instant, by id. Raises Refusal if the subject does not exist."""
Parts = Callable[[StateT], tuple[object, ...]]
"""The objects the items are rendered from: while each is identical, they are not listed again."""


class RenderItems(Protocol[StateT_contra]):
    """Renders an event.

    `items`: the new and changed items, or all of them. `gone`: the ids of removed items; None in a
    complete snapshot.
    """

    def __call__(
        self,
        state: StateT_contra,
        now: datetime,
        items: Collection[Item],
        gone: Collection[str] | None,
    ) -> bytes: ...


class ItemSubscription(Subscription[StateT]):
    """The items of one query, listed at most once for each state of the data and tick."""

    def __init__(
        self,
        live: StateSource[StateT],
        clock: Clock,
        list_items: ListItems[StateT],
        parts: Parts[StateT],
        render: RenderItems[StateT],
    ) -> None:
        super().__init__()
        self._live, self._clock = live, clock
        self._list_items, self._parts, self._render = list_items, parts, render
        self._stream_id = secrets.token_urlsafe(6)
        """Distinguishes the states of this subscription from those of any other."""
        self._items: Mapping[str, Item] = {}
        self._until = 0.0
        """When it is refreshed although nothing changed, on the monotonic clock."""
        self._state = 0
        """The number of the current state of the list; 0 before the first one."""
        self._changed: dict[str, int] = {}
        """By item id, the state in which it last changed."""
        self._gone: dict[str, int] = {}
        """By id of a removed item, the state in which it was removed."""
        self._rendered_since: dict[int | None, RenderedView] = {}
        """The events to the current state, by the state that the listener has; None: none."""

    def newer_than(self, known: str | None) -> RenderedView | None:
        """The event for a listener that has the tag `known`; None if it is current."""
        state = self._state_of(known)
        if state == self._state:
            return None
        if state not in self._rendered_since:
            self._rendered_since[state] = self._render_since(state)
        return self._rendered_since[state]

    def _state_of(self, tag: str | None) -> int | None:
        """The state number in a tag; None if it is of another subscription or too old."""
        name, _, state = (tag or "").rpartition(".")
        if name != self._stream_id or not state.isdecimal():
            return None
        known = int(state)
        return known if self._state - STATES_RETAINED <= known <= self._state else None

    def _render_since(self, known: int | None) -> RenderedView:
        """The event from the state `known` to the current one; a snapshot for None."""
        state, now, tag = self._live.state, self._clock.now(), f"{self._stream_id}.{self._state}"
        if known is None:
            body = self._render(state, now, self._items.values(), None)
            return RenderedView(tag, body, "snapshot")
        changed = [self._items[name] for name, at in self._changed.items() if at > known]
        gone = [name for name, at in self._gone.items() if at > known]
        return RenderedView(tag, self._render(state, now, changed, gone), "changes")

    def due(self, change: StateChange[StateT]) -> bool:
        return change.seconds >= self._until or parts_changed(self._parts, change)

    def refresh(self) -> bool:
        items = self._list_items(self._live.state, self._clock.now())
        self._until = self._clock.monotonic() + TICK
        known = self._items
        fresh = [name for name, item in items.items() if name not in known or known[name] != item]
        gone = known.keys() - items.keys()
        if self._state and not fresh and not gone:
            return False
        self._advance(items, fresh, gone)
        return True

    def _advance(
        self, items: Mapping[str, Item], changed: Collection[str], gone: Collection[str]
    ) -> None:
        """Go to the next state of the list."""
        self._state += 1
        self._items = items
        self._rendered_since.clear()
        for name in gone:
            self._changed.pop(name, None)
            self._gone[name] = self._state
        for name in changed:
            self._gone.pop(name, None)
            self._changed[name] = self._state
        oldest = self._state - STATES_RETAINED
        self._gone = {name: at for name, at in self._gone.items() if at > oldest}
