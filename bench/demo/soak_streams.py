"""The checks of a soak's listeners on their streams, and their reconnection.

A board or a list: each event is complete, differs from the last, and never goes back in time.
Vehicles: the sum of the received differences equals the snapshot a new listener receives.
"""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import orjson

from bench.measuring.sse import Event, Listener, listen

LONGEST_SILENCE = 25.0
"""Seconds: a sign of life is due every 15, and looked for every 5."""
_PAUSE = 1.0


@dataclass(slots=True)
class Followed:
    """One stream followed during the complete soak; `problems` counts violations."""

    stream_type: str  # board, alerts, vehicles, page
    target: str
    problems: Counter[str] = field(default_factory=Counter)
    events: int = 0
    comments: int = 0
    opened: int = 0
    silence: float = 0.0
    tag: str = ""
    items: dict[str, Any] = field(default_factory=dict)
    _made_at: str = ""

    async def live(self, address: str) -> None:
        """Follow until cancelled, coming back with the last id known, as a browser does."""
        while True:
            listener: Listener | None = None
            try:
                listener = await listen(address, self.target, self.take, known=self.tag)
                self.opened += 1
                await listener.closed
                self.problems["cut" if listener.status == 200 else str(listener.status)] += 1
            except OSError as error:
                self.problems[type(error).__name__] += 1
            finally:
                if listener is not None:
                    self._add(listener)
                    listener.transport.abort()
            await asyncio.sleep(_PAUSE)

    def _add(self, listener: Listener) -> None:
        still = time.perf_counter() - listener.received_at
        self.silence = max(self.silence, listener.silence, still)
        self.comments += listener.comments
        if self.silence > LONGEST_SILENCE:
            self.problems["silent"] += 1

    def take(self, event: Event) -> None:
        """One event, judged against the one before."""
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
        if content["generated_at"] < self._made_at:
            self.problems["went back"] += 1
        self._made_at = content["generated_at"]
        if self.stream_type == "vehicles":
            self._add_up(event, content)

    def _add_up(self, event: Event, content: dict[str, Any]) -> None:
        vehicles = {each["id"]: each for each in content["vehicles"]}
        if event.stream_type == "snapshot":
            self.items = vehicles
            return
        self.items.update(vehicles)
        for name in content["gone"]:
            self.items.pop(name, None)


async def compare(followed: Followed, address: str) -> str | None:
    """Compare the snapshot of a new listener with the sum of the differences. None if they agree,
    or if the stream moved on meanwhile."""
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
