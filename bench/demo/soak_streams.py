"""The listeners of a soak: they check their streams, and reconnect.

Boards and lists: each event is complete, has another id than the last one, and is not older.
Vehicles: the snapshot with all differences applied equals the snapshot a new listener receives.
"""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import orjson

from bench.measuring.sse import Event, Listener, listen

LONGEST_SILENCE = 25.0
"""Seconds. A heartbeat is due every 15 s, and the server checks every 5 s whether one is."""
_RECONNECT_SECONDS = 1.0


@dataclass(slots=True)
class Followed:
    """One stream followed during the complete soak."""

    stream_type: str
    """`board`, `alerts`, `vehicles` or `page`."""
    target: str
    """Path and query of its address."""
    problems: Counter[str] = field(default_factory=Counter)
    """Failed checks, by description."""
    events: int = 0
    comments: int = 0
    opened: int = 0
    """Number of connections."""
    silence: float = 0.0
    """The longest time without a byte, in seconds."""
    tag: str = ""
    """The id of the last event; empty for a page."""
    items: dict[str, Any] = field(default_factory=dict)
    """Vehicles by id: the snapshot with all differences applied."""
    _generated_at: str = ""
    """`generated_at` of the last event."""

    async def follow(self, address: str) -> None:
        """Follow until cancelled; reconnect with the last event id, as a browser does."""
        while True:
            listener: Listener | None = None
            try:
                listener = await listen(address, self.target, self.check, last_event_id=self.tag)
                self.opened += 1
                await listener.closed
                self.problems["cut" if listener.status == 200 else str(listener.status)] += 1
            except OSError as error:
                self.problems[type(error).__name__] += 1
            finally:
                if listener is not None:
                    self._add_counts(listener)
                    listener.transport.abort()
            await asyncio.sleep(_RECONNECT_SECONDS)

    def _add_counts(self, listener: Listener) -> None:
        current_silence = time.perf_counter() - listener.received_at
        self.silence = max(self.silence, listener.silence, current_silence)
        self.comments += listener.comments
        if self.silence > LONGEST_SILENCE:
            self.problems["silent"] += 1

    def check(self, event: Event) -> None:
        """Check one event against the one before, and store it."""
        self.events += 1
        if self.stream_type == "page":
            return
        if event.id == self.tag:
            self.problems["received twice"] += 1
        self.tag = event.id
        try:
            content = orjson.loads(event.data)
        except orjson.JSONDecodeError:
            self.problems["not JSON"] += 1
            return
        if content["generated_at"] < self._generated_at:
            self.problems["went back"] += 1
        self._generated_at = content["generated_at"]
        if self.stream_type == "vehicles":
            self._apply_difference(event, content)

    def _apply_difference(self, event: Event, content: dict[str, Any]) -> None:
        vehicles = {each["id"]: each for each in content["vehicles"]}
        if event.stream_type == "snapshot":
            self.items = vehicles
            return
        self.items.update(vehicles)
        for name in content["gone"]:
            self.items.pop(name, None)


async def compare(followed: Followed, address: str) -> str | None:
    """Compare the vehicles of a new listener's snapshot with those of `followed`.

    Returns the problem; None if they agree, or if `followed` does not reach the snapshot's event
    within a second (`followed` may already be past it). Raises OSError, or TimeoutError without
    a snapshot within 30 s.
    """
    received: asyncio.Future[Event] = asyncio.get_running_loop().create_future()

    def first(event: Event) -> None:
        if not received.done():
            received.set_result(event)

    listener = await listen(address, followed.target, first)
    try:
        async with asyncio.timeout(30):
            event = await received
    finally:
        listener.transport.abort()
    for _ in range(20):
        if followed.tag == event.id:
            complete = {each["id"] for each in orjson.loads(event.data)["vehicles"]}
            return None if complete == followed.items.keys() else "differences do not add up"
        await asyncio.sleep(0.05)
    return None
