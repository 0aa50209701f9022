"""The observers of feeds: one for each feed and timetable."""

from cities import LINE, timetable_from_text

from mobilite.gtfs.domain.ids import FeedId
from mobilite.realtime.domain.feed_observers import FeedObservers
from mobilite.realtime.domain.feed_snapshot import FeedSnapshot
from mobilite.timetable.domain.feed_schedule import FeedSchedule

F, G = FeedId("f"), FeedId("g")


class Observer:
    """Observes nothing."""

    def __init__(self, feed_id: FeedId, schedule: FeedSchedule) -> None:
        self.feed_id, self.schedule = feed_id, schedule


def with_new_timetable(feed_id: FeedId) -> FeedSnapshot:
    return FeedSnapshot(feed_id, FeedSchedule(timetable_from_text(LINE)))


def test_a_feed_has_one_observer_until_its_timetable_changes() -> None:
    observers = FeedObservers(Observer)
    feed, other = with_new_timetable(F), with_new_timetable(G)
    first = observers.of(feed)
    assert first is not None
    assert (first.feed_id, first.schedule) == (F, feed.schedule)
    assert observers.of(other) is not first
    assert observers.of(feed) is first

    second = observers.of(with_new_timetable(F))
    assert second is not first
    assert observers.by_feed[F] is second


def test_a_feed_without_a_timetable_has_no_observer() -> None:
    observers = FeedObservers(Observer)
    assert observers.of(FeedSnapshot(F)) is None
    feed = with_new_timetable(F)
    first = observers.of(feed)
    assert observers.of(FeedSnapshot(F)) is None
    assert observers.of(feed) is not first, "what it has learned has ended"


def test_only_the_observers_of_retained_feeds_stay() -> None:
    observers = FeedObservers(Observer)
    first = observers.of(with_new_timetable(F))
    observers.of(with_new_timetable(G))
    observers.retain({F: "any mapping by feed"})
    assert observers.by_feed == {F: first}
