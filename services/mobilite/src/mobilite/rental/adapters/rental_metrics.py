"""Prometheus metrics of rental systems, derived from published events."""

from prometheus_client import Counter, Gauge

from mobilite.events import RentalSystemV1
from mobilite.events.part import parts_of
from socle.clock import Clock
from socle.events import Event, Tombstone

_CHANGES = Counter(
    "mobilite_rental_changes",
    "Stations and vehicles published or deleted.",
    ["feed", "change"],
)
"""`change` is "told" for a new or changed row, or "deleted"."""
_AGE = Gauge("mobilite_rental_age_seconds", "Age of a rental system's content.", ["feed", "kind"])
_FAILURES = Gauge("mobilite_rental_failures", "Failures in a row of a rental system.", ["feed"])


def count_rental(item: Event | Tombstone, clock: Clock) -> None:
    """Count a published or deleted station or vehicle, or set the gauges of a system."""
    if isinstance(item, RentalSystemV1):
        _FAILURES.labels(item.feed_id).set(item.consecutive_failures)
        for item_type, availability in (("station", item.stations), ("vehicle", item.vehicles)):
            if availability is not None and availability.as_of is not None:
                age = (clock.now() - availability.as_of).total_seconds()
                _AGE.labels(item.feed_id, item_type).set(age)
        return
    key = item.key if isinstance(item, Tombstone) else item.key()
    feed = parts_of(key)[0]
    if isinstance(item, Tombstone) and item.event_type is RentalSystemV1:
        _FAILURES.remove(feed)
        for item_type in ("station", "vehicle"):
            _AGE.remove(feed, item_type)
    else:
        change = "deleted" if isinstance(item, Tombstone) else "told"
        _CHANGES.labels(feed, change).inc()
