"""Records the errors of forecasts from the live state, for as long as a replica runs.

One task observes all feeds every half minute, in a thread, and replaces the recorded errors. They
are loaded at the start and stored now and then: a table on the bus has the newest update of a run
only, from which nothing can be learned again.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Final, Protocol

from mobilite.connections.domain.forecast_errors import ForecastErrors, ObservedCall
from mobilite.connections.domain.observed_calls import CallObserver
from mobilite.realtime.domain.feed_observers import FeedObservers
from mobilite.realtime.domain.snapshot import Snapshot
from socle.clock import Clock

log = logging.getLogger(__name__)

SECONDS: Final = 30.0
"""Between two observations, by the platform's clock."""
_STORED_EVERY: Final = 20
"""Observations after which the errors are stored."""


class StoredErrors(Protocol):
    """Where errors outlive a process."""

    def load(self) -> ForecastErrors:
        """The errors stored last; none if there are none, or they cannot be read."""
        ...

    def store(self, errors: ForecastErrors) -> None:
        """Store the errors in place of those before. Errors of the disk are not raised."""
        ...


class ErrorRecorder:
    """The single writer of the errors of forecasts."""

    def __init__(
        self,
        snapshot: Callable[[], Snapshot],
        clock: Clock,
        stored: StoredErrors,
        observed: Callable[[int, int], None] = lambda calls, absurd: None,
    ) -> None:
        """`snapshot`: the newest one. `observed`: called after each observation, with the number
        of calls that happened, and of those left out."""
        self._snapshot, self._clock, self._stored, self._observed = (
            snapshot,
            clock,
            stored,
            observed,
        )
        self._observers = FeedObservers(lambda _, schedule: CallObserver(schedule))
        self.errors = ForecastErrors()
        """The newest errors."""

    async def run(self) -> None:
        """Load the stored errors and record more, until cancelled."""
        self.errors = await asyncio.to_thread(self._stored.load)
        try:
            while True:
                for _ in range(_STORED_EVERY):
                    await self._clock.sleep(SECONDS)
                    await asyncio.to_thread(self.observe)
                await asyncio.to_thread(self._stored.store, self.errors)
        finally:
            self._stored.store(self.errors)

    def observe(self) -> None:
        """Record the calls that have happened since the last time."""
        now, calls, absurd = int(self._clock.now().timestamp()), list[ObservedCall](), 0
        feeds = self._snapshot().feeds
        self._observers.retain(feeds)
        for feed in feeds.values():
            observer = self._observers.of(feed)
            if observer is None:
                continue
            before = observer.absurd
            calls += observer.observe(feed, now)
            absurd += observer.absurd - before
        self.errors = self.errors.with_calls(calls, now)
        self._observed(len(calls), absurd)
