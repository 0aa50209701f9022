"""What observes feeds over time: one object for each feed, made for its current timetable."""

from collections.abc import Callable, Collection
from typing import Generic, Protocol, TypeVar

from mobilite.gtfs.domain.ids import FeedId
from mobilite.realtime.domain.feed_snapshot import FeedSnapshot
from mobilite.timetable.domain.feed_schedule import FeedSchedule


class ObservesFeed(Protocol):
    """Observes one feed by one timetable."""

    schedule: FeedSchedule


ObserverT = TypeVar("ObserverT", bound=ObservesFeed)


class FeedObservers(Generic[ObserverT]):
    """The observers of feeds. What one has learned ends with the timetable that it is made for."""

    def __init__(self, make: Callable[[FeedId, FeedSchedule], ObserverT]) -> None:
        """`make`: a new observer of a feed, for that timetable."""
        self._make = make
        self.by_feed: dict[FeedId, ObserverT] = {}

    def of(self, feed: FeedSnapshot) -> ObserverT | None:
        """The observer of a feed; a new one for a new timetable, None without a timetable."""
        if feed.schedule is None:
            self.by_feed.pop(feed.feed_id, None)
            return None
        observer = self.by_feed.get(feed.feed_id)
        if observer is None or observer.schedule is not feed.schedule:
            observer = self.by_feed[feed.feed_id] = self._make(feed.feed_id, feed.schedule)
        return observer

    def retain(self, feeds: Collection[FeedId]) -> None:
        """Remove the observers of all other feeds."""
        for feed_id in self.by_feed.keys() - feeds:
            del self.by_feed[feed_id]
