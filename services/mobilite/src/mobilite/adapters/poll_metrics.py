"""Figures of the poll role for Prometheus, taken from what it announces."""

from prometheus_client import Counter, Gauge

from mobilite.events import FeedPollV1, TripUpdateV1
from mobilite.ports import Announce
from socle.clock import Clock
from socle.events import Event, Tombstone

_POLLS = Counter("mobilite_polls", "Polls of an address.", ["feed", "source", "outcome"])
_CHANGES = Counter("mobilite_trip_changes", "Runs told anew or deleted.", ["feed", "change"])
_AGE = Gauge("mobilite_realtime_age_seconds", "Age of what an address says.", ["feed", "source"])
_FAILURES = Gauge("mobilite_poll_failures", "Failures in a row.", ["feed", "source"])


def measured(announce: Announce, clock: Clock) -> Announce:
    """`announce`, with what passes through it counted once it is acknowledged."""

    async def counted(*items: Event | Tombstone) -> None:
        await announce(*items)
        for item in items:
            _count(item, clock)

    return counted


def _count(item: Event | Tombstone, clock: Clock) -> None:
    if isinstance(item, TripUpdateV1):
        _CHANGES.labels(item.feed_id, "told").inc()
    elif isinstance(item, FeedPollV1):
        labels = (item.feed_id, str(item.source_index))
        _POLLS.labels(*labels, item.outcome).inc()
        _FAILURES.labels(*labels).set(item.consecutive_failures)
        if item.as_of is not None:
            _AGE.labels(*labels).set((clock.now() - item.as_of).total_seconds())
    elif isinstance(item, Tombstone):
        _forget(item)


def _forget(item: Tombstone) -> None:
    feed, _, rest = item.key.partition(":")
    if item.event_type is TripUpdateV1:
        _CHANGES.labels(feed, "deleted").inc()
        return
    for gauge in (_AGE, _FAILURES):
        gauge.remove(feed, rest)
