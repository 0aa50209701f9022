"""Observes the live state for as long as the role runs, and archives what has happened.

One task observes all feeds every ten seconds, in a thread of its own: many operators publish the
time of a passed stop for a while only. What was observed is stored every half minute, so a killed
process loses that much.
"""

from collections.abc import Callable
from typing import Final

from mobilite.gtfs.domain.ids import FeedId
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.machine.flows.own_thread import OwnThread
from mobilite.passages.domain.observe_feed import FeedObserver
from mobilite.passages.domain.passage import Passage
from mobilite.passages.ports import PassageStore
from mobilite.realtime.domain.feed_observers import FeedObservers
from mobilite.timetable.domain.feed_schedule import FeedSchedule
from mobilite.vehicles.ports import VehiclesState
from socle.clock import Clock

SECONDS: Final = 10.0
"""Between two observations, by the platform's clock."""
_STORED_EVERY: Final = 3
"""Observations after which passages are stored."""
_CLOSED_EVERY: Final = 10
"""Times of storing after which dates that are over are closed."""


class PassageRecorder:
    """The single writer of the archive of passages."""

    def __init__(
        self,
        state: Callable[[], VehiclesState],
        clock: Clock,
        store: PassageStore,
        observed: Callable[[FeedId, Passage], None] = lambda feed_id, passage: None,
    ) -> None:
        """`state`: the newest one. `observed`: called for each passage that has changed."""
        self._state, self._clock, self._store, self._observed = state, clock, store, observed
        self._observers = FeedObservers(lambda _, schedule: FeedObserver(schedule))
        self._waiting: dict[FeedId, list[Passage]] = {}
        self._planned: dict[FeedId, tuple[FeedSchedule, int]] = {}

    async def run(self) -> None:
        """Observe and archive, until cancelled."""
        count = 0
        try:
            with OwnThread("passages") as thread:
                while True:
                    await self._clock.sleep(SECONDS)
                    await thread.run(self.observe)
                    count += 1
                    if count % _STORED_EVERY == 0:
                        await thread.run(self.store)
                    if count % (_STORED_EVERY * _CLOSED_EVERY) == 0:
                        await thread.run(lambda: self._store.close_days(self._now()))
        finally:
            self.store()

    def observe(self) -> None:
        """Collect the passages that have changed since the last time."""
        state, now = self._state(), self._now()
        feeds = state.snapshot.feeds
        self._observers.retain(feeds)
        for feed_id, feed in feeds.items():
            observer = self._observers.of(feed)
            if observer is None:
                continue
            passages = observer.observe(feed, state.fleet(feed_id), now)
            for passage in passages:
                self._observed(feed_id, passage)
            self._waiting.setdefault(feed_id, []).extend(passages)

    def store(self) -> None:
        """Store what was collected, and what is planned today."""
        waiting, self._waiting = self._waiting, {}
        for feed_id, passages in waiting.items():
            if passages:
                self._store.append(feed_id, passages)
        now = self._now()
        for feed_id, observer in self._observers.by_feed.items():
            today = service_day(observer.schedule, now)
            if self._planned.get(feed_id) != (observer.schedule, today):
                days = (today - 1, today)
                # Each of them: a date that the disk refuses does not withhold the next one.
                planned = [self._store.plan(observer.schedule, day, now) for day in days]
                if all(planned):
                    self._planned[feed_id] = (observer.schedule, today)

    def _now(self) -> int:
        return int(self._clock.now().timestamp())


def service_day(schedule: FeedSchedule, now: int) -> int:
    """The ordinal of the date at `now` (POSIX seconds) where the feed's first agency is."""
    return ServiceDate.of_timestamp(now, schedule.timetable.zone(0)).day.toordinal()
