"""Measures every feed four times a minute, and stores the sums of each day.

A feed is measured only while this role and the poller work: time in which nobody looked is in no
sum, so it counts neither for the operator nor against it. Sums are stored every minute: a process
that is killed loses the minute, which then was not measured.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from mobilite.events import FeedPollV1
from mobilite.feed_quality.domain.poller import poller_is_up
from mobilite.feed_quality.domain.quality_day import Measurement, QualityDay
from mobilite.feed_quality.domain.under_way import RunsUnderWay
from mobilite.feed_quality.flows.measure_feed import (
    attempts,
    is_real_time,
    measure_feed,
    measure_schedule,
)
from mobilite.feed_quality.ports import QualityStore
from mobilite.gtfs.domain.ids import FeedId
from mobilite.gtfs.domain.local_dates import local_date
from mobilite.realtime.domain.feed_observers import FeedObservers
from mobilite.vehicles.ports import VehiclesState
from socle.clock import Clock
from socle.errors import Refusal
from socle.events import Received

log = logging.getLogger(__name__)

SECONDS: Final = 15.0
"""Between two measurements."""
_COUNTED_EVERY: Final = 4
"""Measurements between two counts of entities, and between two stores."""
_LONGEST_GAP: Final = 3 * SECONDS
"""Seconds that one measurement stands for at most; a longer gap was not measured."""

Days = dict[FeedId, QualityDay]


class QualityRecorder:
    """The single writer of the sums."""

    def __init__(
        self,
        state: Callable[[], VehiclesState],
        store: QualityStore,
        clock: Clock,
        *,
        poll_interval: float,
        retention_days: int,
        require_caught_up: Callable[[], None] = lambda: None,
        measured: Callable[[Mapping[FeedId, QualityDay]], None] = lambda feeds: None,
    ) -> None:
        """`poll_interval`: seconds between two polls of an address that answers.
        `require_caught_up`: raises Refusal while the tables are being read. `measured`: called
        with the sums of today, every minute."""
        self._state, self._store, self._clock = state, store, clock
        self._interval = poll_interval
        self._retention = timedelta(days=retention_days)
        self._require_caught_up = require_caught_up
        self._measured = measured
        self._days: dict[date, Days] = {}
        """The sums of the dates that are not over."""
        self._under_way = FeedObservers(lambda _, schedule: RunsUnderWay(schedule))
        self._last: datetime | None = None
        """The last measurement; None if the poller did not work then."""
        self._measurements = 0
        self._started = clock.now()
        self._attempts: dict[str, datetime] = {}
        """The last counted poll of each address, by record key."""

    def current(self, day: date) -> Mapping[FeedId, QualityDay] | None:
        """The sums of a date that is not over; None of another."""
        return self._days.get(day)

    def follow_polls(self, batch: Sequence[Received[FeedPollV1]]) -> None:
        """Count the polls of a batch of `mobilite.feed-poll.v1`, those before the start and those
        of the desk left out."""
        for received in batch:
            poll = received.data
            if poll is None or not is_real_time(poll):
                continue
            if poll.attempted_at <= self._attempts.get(received.key, self._started):
                continue
            self._attempts[received.key] = poll.attempted_at
            feed_id = FeedId(poll.feed_id)
            days = self._day_of(feed_id, poll.attempted_at)
            failed = poll.outcome == "failed"
            days[feed_id] = days.get(feed_id, QualityDay()).with_poll(failed=failed)

    async def run(self) -> None:
        """Measure and store, until cancelled; what was measured is stored at the end."""
        try:
            while True:
                await self._clock.sleep(SECONDS)
                await self.measure()
                if self._measurements % _COUNTED_EVERY == 0:
                    await self.store()
        finally:
            self._write({**self._days})

    async def measure(self) -> None:
        """Measure every feed now. The counting, which reads every run, is done in a thread."""
        now, state = self._clock.now(), self._state()
        if not self._is_measurable(state, now):
            self._last = None
            return
        before, self._last = self._last, now
        seconds = 0.0 if before is None else (now - before).total_seconds()
        if not 0.0 < seconds <= _LONGEST_GAP:
            return
        measured = await asyncio.to_thread(self._measure, state, now, seconds)
        self._measurements += 1
        for feed_id, measurement in measured.items():
            days = self._day_of(feed_id, now)
            day = days.get(feed_id, QualityDay()).with_measurement(measurement)
            announced = state.timetables.get(feed_id)
            days[feed_id] = day.with_schedule(measure_schedule(announced, now=now))

    async def store(self) -> None:
        """Store the sums of the dates that are not over; forget those that are."""
        now = self._clock.now()
        days = {day: {**feeds} for day, feeds in self._days.items()}
        await asyncio.to_thread(self._write, days)
        # The latest zone is 12 hours behind UTC: yesterday can go on there.
        oldest = now.date() - timedelta(days=1)
        self._days = {day: feeds for day, feeds in self._days.items() if day >= oldest}
        self._measured(self._today(now))

    def _write(self, days: Mapping[date, Days]) -> None:
        for day, feeds in days.items():
            self._store.store(day, feeds)
        self._store.remove_before(self._clock.now().date() - self._retention)

    def _measure(
        self, state: VehiclesState, now: datetime, seconds: float
    ) -> Mapping[FeedId, Measurement]:
        """Every feed now. Runs in a thread, one at a time."""
        self._under_way.retain(state.timetables)
        count = (self._measurements + 1) % _COUNTED_EVERY == 0
        return {
            feed_id: measure_feed(
                state,
                feed_id,
                self._under_way.of(state.snapshot.feed(feed_id)),
                now=now,
                seconds=seconds,
                count=count,
            )
            for feed_id in sorted({*state.timetables, *state.polls})
        }

    def _is_measurable(self, state: VehiclesState, now: datetime) -> bool:
        """Whether the tables are read and the poller works."""
        try:
            self._require_caught_up()
        except Refusal:
            return False
        return poller_is_up(attempts(state), now=now.timestamp(), interval=self._interval)

    def _today(self, now: datetime) -> Days:
        """The sums of each feed on its current date."""
        state = self._state()
        found: Days = {}
        for feed_id in {*state.timetables, *state.polls}:
            day = self._days.get(self._date(feed_id, now), {}).get(feed_id)
            if day is not None:
                found[feed_id] = day
        return found

    def _day_of(self, feed_id: FeedId, instant: datetime) -> Days:
        """The sums of the feed's date at an instant, those stored before the start included."""
        day = self._date(feed_id, instant)
        if day not in self._days:
            self._days[day] = {**self._store.load(day)}
        return self._days[day]

    def _date(self, feed_id: FeedId, instant: datetime) -> date:
        announced = self._state().timetables.get(feed_id)
        return local_date(instant, () if announced is None else announced.timezones)
