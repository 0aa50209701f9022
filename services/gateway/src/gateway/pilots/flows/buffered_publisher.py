"""Facts told in the background: in nobody's way, bounded, tried again while the broker is away.

What was answered does not go this way (`metering/flows.py`): its sums must come out exactly, and it
comes with every request. Metering folds while the broker is away, and its records are numbered and
sealed once; a queue of them would grow with the requests, or forget some. What is queued here may
find no room: it is small, counted as lost, and told again at the next use.
"""

import asyncio
import logging
from collections import deque
from contextlib import suppress
from itertools import islice

from gateway.pilots.ports import Lost
from socle.bus import Bus
from socle.clock import Clock
from socle.errors import Refusal, Retry
from socle.events import Event

log = logging.getLogger("gateway.tell_later")

MOST_WAITING = 10_000
_AT_ONCE = 200
_SHORTEST, _LONGEST = 0.5, 30.0  # seconds between two attempts
_LAST_WORDS = 2.0  # seconds to tell what waits when the process stops


class BufferedPublisher:
    """A bounded queue in front of the bus. `lost`: told of each fact there was no room for."""

    def __init__(self, bus: Bus, clock: Clock, *, lost: Lost, most: int = MOST_WAITING) -> None:
        self._bus, self._clock, self._lost, self._most = bus, clock, lost, most
        self._waiting: deque[Event] = deque()
        self._some = asyncio.Event()

    def tell(self, event: Event) -> bool:
        """Take a fact to be told; False when there is no room. Never raises, never waits."""
        if len(self._waiting) >= self._most:
            self._lost(event.topic)
            return False
        self._waiting.append(event)
        self._some.set()
        return True

    async def run(self) -> None:
        """Tell what comes, in order and at least once, until cancelled; then a last time."""
        try:
            while True:
                await self._some.wait()
                await self._tell_some()
        finally:
            with suppress(Retry, TimeoutError):
                async with asyncio.timeout(_LAST_WORDS):
                    while self._waiting:
                        await self._publish(list(islice(self._waiting, _AT_ONCE)))

    async def _tell_some(self) -> None:
        pause = _SHORTEST
        some = list(islice(self._waiting, _AT_ONCE))
        while True:
            try:
                await self._publish(some)
                break
            except Retry as error:
                log.warning("%d facts wait: %s", len(self._waiting), error.message)
                await self._clock.sleep(pause)
                pause = min(2 * pause, _LONGEST)
        if not self._waiting:
            self._some.clear()

    async def _publish(self, some: list[Event]) -> None:
        """Tell them and take them out of the queue. Raises Retry."""
        try:
            await self._bus.publish(*some)
        except Refusal as refusal:
            # Nothing was written: one of them is impossible, which is a mistake of ours.
            if len(some) > 1:
                for event in some:
                    await self._publish([event])
                return
            log.critical("A fact is dropped: %s %s", refusal.message, refusal.details)
            self._lost(some[0].topic)
        for _ in some:
            self._waiting.popleft()
