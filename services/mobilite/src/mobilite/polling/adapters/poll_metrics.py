"""Prometheus metrics of the poll role, derived from published events."""

from collections.abc import Callable

from prometheus_client import Counter, Gauge

from mobilite.events import FeedPollV1
from mobilite.events.part import parts_of
from mobilite.polling.flows.publish_entities import ENTITY_TYPES
from mobilite.polling.ports import EntityEvent
from mobilite.sources.ports import Announce
from socle.clock import Clock
from socle.events import Event, Tombstone

_POLLS = Counter("mobilite_polls", "Polls of an address.", ["feed", "source", "outcome"])
_CHANGES = Counter(
    "mobilite_realtime_changes", "Entities published or deleted.", ["feed", "kind", "change"]
)
"""`change` is "told" for a new or changed entity, or "deleted"."""
_AGE = Gauge(
    "mobilite_realtime_age_seconds",
    "Age of the newest message of an address, at its last poll.",
    ["feed", "source"],
)
_FAILURES = Gauge("mobilite_poll_failures", "Failures in a row.", ["feed", "source"])


def counting(
    announce: Announce, count: Callable[[Event | Tombstone, Clock], None], clock: Clock
) -> Announce:
    """`announce`, with `count` called for each item once the broker has acknowledged it."""

    async def counted(*items: Event | Tombstone) -> None:
        await announce(*items)
        for item in items:
            count(item, clock)

    return counted


def count_real_time(item: Event | Tombstone, clock: Clock) -> None:
    """Count a published trip update, vehicle or alert, or a poll of an address."""
    if isinstance(item, EntityEvent):
        _CHANGES.labels(item.feed_id, ENTITY_TYPES[type(item)].value, "told").inc()
    elif isinstance(item, FeedPollV1):
        labels = (item.feed_id, str(item.source_index))
        _POLLS.labels(*labels, item.outcome).inc()
        _FAILURES.labels(*labels).set(item.consecutive_failures)
        if item.as_of is not None:
            _AGE.labels(*labels).set((clock.now() - item.as_of).total_seconds())
    elif isinstance(item, Tombstone):
        _record_tombstone(item)


def _record_tombstone(item: Tombstone) -> None:
    """Count a deleted entity, or remove the gauges of a deleted address."""
    feed, *rest = parts_of(item.key)
    if item.event_type is FeedPollV1:
        for gauge in (_AGE, _FAILURES):
            gauge.remove(feed, *rest)
        return
    for table, entity_type in ENTITY_TYPES.items():
        if item.event_type is table:
            _CHANGES.labels(feed, entity_type.value, "deleted").inc()
