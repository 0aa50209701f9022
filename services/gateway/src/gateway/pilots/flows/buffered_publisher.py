"""A bounded queue of events in front of the bus, published in the background with retries.

Usage is not published this way (`metering/flows.py`): its sums must be exact, and it comes with
every request. Metering aggregates while the broker is unreachable, and its records are numbered; a
queue of them would grow with the requests, or lose some. Events queued here may be dropped when the
queue is full: they are few, counted as lost, and repeated at the next use.
"""

import asyncio
import logging
from collections import deque
from contextlib import suppress
from itertools import islice

from gateway.pilots.ports import OnLost
from socle.bus import Bus
from socle.clock import Clock
from socle.errors import Refusal, Retry
from socle.events import Event

log = logging.getLogger("gateway.buffered_publisher")

MAX_QUEUED = 10_000
_BATCH_SIZE = 200
_MIN_DELAY, _MAX_DELAY = 0.5, 30.0  # seconds between two attempts
_STOP_SECONDS = 2.0  # to publish the rest when the process stops


class BufferedPublisher:
    """A bounded queue of events in front of the bus.

    `lost`: called with the topic of each event that is dropped.
    """

    def __init__(
        self, bus: Bus, clock: Clock, *, lost: OnLost, max_queued: int = MAX_QUEUED
    ) -> None:
        self._bus, self._clock, self._lost, self._max_queued = bus, clock, lost, max_queued
        self._queue: deque[Event] = deque()
        self._available = asyncio.Event()

    def enqueue(self, event: Event) -> bool:
        """Queue an event; False if the queue is full. Never raises, never waits."""
        if len(self._queue) >= self._max_queued:
            self._lost(event.topic)
            return False
        self._queue.append(event)
        self._available.set()
        return True

    async def run(self) -> None:
        """Publish in order and at least once, until cancelled; then the rest once more."""
        try:
            while True:
                await self._available.wait()
                await self._publish_batch()
        finally:
            with suppress(Retry, TimeoutError):
                async with asyncio.timeout(_STOP_SECONDS):
                    while self._queue:
                        await self._publish(list(islice(self._queue, _BATCH_SIZE)))

    async def _publish_batch(self) -> None:
        pause = _MIN_DELAY
        batch = list(islice(self._queue, _BATCH_SIZE))
        while True:
            try:
                await self._publish(batch)
                break
            except Retry as error:
                log.warning("%d events wait: %s", len(self._queue), error.message)
                await self._clock.sleep(pause)
                pause = min(2 * pause, _MAX_DELAY)
        if not self._queue:
            self._available.clear()

    async def _publish(self, batch: list[Event]) -> None:
        """Publish events and remove them from the queue. Raises Retry."""
        try:
            await self._bus.publish(*batch)
        except Refusal as refusal:
            # Nothing was written: one of the events is invalid, which is a bug.
            if len(batch) > 1:
                for event in batch:
                    await self._publish([event])
                return
            log.critical("An event is dropped: %s %s", refusal.message, refusal.details)
            self._lost(batch[0].topic)
        for _ in batch:
            self._queue.popleft()
