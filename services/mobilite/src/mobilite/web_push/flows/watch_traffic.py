"""Subscriptions to lines, stops and hubs (`streams/flows/subscriptions.py`).

One is read again when the alerts, the runs or the timetable of its networks change, at most every
ten seconds, and each minute, since what is ahead moves with the time: less often where so many are
followed that reading them would delay everybody else. Its listeners are woken only if what matters
to travellers has changed.
"""

from collections.abc import Callable
from typing import Final

from mobilite.boards.ports import BoardsState
from mobilite.gtfs.domain.ids import FeedId
from mobilite.streams.flows.subscription import RenderedView, StateChange, Subscription
from mobilite.streams.flows.subscriptions import Listener, Subscriptions
from mobilite.streams.ports import StateSource
from mobilite.web_push.domain.push_subscription import Subject
from mobilite.web_push.domain.traffic_facts import TrafficFacts
from mobilite.web_push.flows.read_traffic import TrafficReader
from socle.clock import Clock
from socle.errors import Refusal

_LEAST_INTERVAL: Final = 10.0
_LONGEST_INTERVAL: Final = 60.0
_MOST_READINGS: Final = 50
"""In a second, on average."""


class TrafficSubscriptions:
    """The shared subscriptions to lines, stops and hubs."""

    def __init__(
        self,
        live: StateSource[BoardsState],
        clock: Clock,
        reader: TrafficReader,
        *,
        least_interval: float = _LEAST_INTERVAL,
    ) -> None:
        """`least_interval`: seconds between two readings of a subject."""
        self._live, self._clock, self._reader = live, clock, reader
        self._least_interval = least_interval
        self._subscriptions = Subscriptions(live, clock)

    def facts(self, subject: Subject) -> TrafficFacts:
        """The facts of a subject now. Raises Refusal as `TrafficReader.read`."""
        now = int(self._clock.now().timestamp())
        return self._reader.read(self._live.state, subject, now).facts

    def open(self, subject: Subject) -> "TrafficSubscription":
        """The shared subscription to a subject. Raises Refusal as `TrafficReader.read`, or if there
        are too many listeners."""
        return self._subscriptions.share(
            (subject.type, subject.id),
            lambda: TrafficSubscription(
                self._live, self._clock, self._reader, subject, self._interval
            ),
        )

    def _interval(self) -> float:
        """Seconds between two readings of a subject, for as many as are followed now."""
        return max(self._least_interval, self._subscriptions.count // _MOST_READINGS)

    def listen(self, traffic: "TrafficSubscription") -> Listener:
        """A listener to a subject, whose values have no content: it reads `traffic.facts`."""
        return self._subscriptions.listen(traffic, None)


class TrafficSubscription(Subscription[BoardsState]):
    """One line, stop or hub."""

    def __init__(
        self,
        live: StateSource[BoardsState],
        clock: Clock,
        reader: TrafficReader,
        subject: Subject,
        least_interval: Callable[[], float],
    ) -> None:
        super().__init__()
        self._live, self._clock, self._reader, self._subject = live, clock, reader, subject
        self._least_interval = least_interval
        self.facts: TrafficFacts | None = None
        """The newest ones; None before the first reading."""
        self._feeds: frozenset[FeedId] = frozenset()
        self._parts: tuple[object, ...] = ()
        """What they were read from."""
        self._read_at = 0.0
        """The last reading, on the monotonic clock."""
        self._number = 0

    def due(self, change: StateChange[BoardsState]) -> bool:
        age = change.seconds - self._read_at
        if age < self._least_interval():
            return False
        parts = _parts_of(change.after, self._feeds)
        return age >= _LONGEST_INTERVAL or any(map(lambda a, b: a is not b, self._parts, parts))

    def refresh(self) -> bool:
        state, before = self._live.state, self.facts
        self._read_at = self._clock.monotonic()
        try:
            traffic = self._reader.read(state, self._subject, int(self._clock.now().timestamp()))
        except Refusal as refusal:
            if refusal.category == "unavailable" and before is not None:
                return False  # its timetable is away for the moment
            raise
        self.facts, self._feeds = traffic.facts, traffic.feeds
        self._parts = _parts_of(state, traffic.feeds)
        self._number += self.facts != before
        return self.facts != before

    def newer_than(self, known: str | None) -> RenderedView | None:
        tag = str(self._number)
        return None if tag == known else RenderedView(tag, b"")


def _parts_of(state: BoardsState, feeds: frozenset[FeedId]) -> tuple[object, ...]:
    """The objects that facts are read from: while each is identical, nothing has changed."""
    parts = list[object]()
    for feed_id in sorted(feeds):
        feed = state.snapshot.feed(feed_id)
        parts += (feed.schedule, feed.runs, state.alert_indexes.get(feed_id))
    return tuple(parts)
