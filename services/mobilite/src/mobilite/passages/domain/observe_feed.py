"""The passages of one feed, by its predictions and by its vehicles, each apart."""

from mobilite.passages.domain.passage import Passage
from mobilite.passages.domain.predicted_passages import PredictedPassages
from mobilite.passages.domain.sighted_passages import SightedPassages
from mobilite.realtime.domain.feed_snapshot import FeedSnapshot
from mobilite.timetable.domain.feed_schedule import FeedSchedule
from mobilite.vehicles.domain.fleet import Fleet


class FeedObserver:
    """Observes one feed by one timetable, from its states one after the other."""

    def __init__(self, schedule: FeedSchedule) -> None:
        self.schedule = schedule
        self._predicted = PredictedPassages(schedule)
        self._sighted = SightedPassages(schedule, self._predicted)

    def observe(self, feed: FeedSnapshot, fleet: Fleet, now: int) -> list[Passage]:
        """The passages that have changed since the state before. `now`: POSIX seconds."""
        found = self._predicted.observe(feed, now)
        return found + self._sighted.observe(feed, fleet, now)
