"""Prometheus metrics of supply."""

from prometheus_client import Counter

from mobilite.gtfs.domain.ids import FeedId

_FAILURES = Counter(
    "mobilite_supply_failures", "Timetables whose supply could not be computed.", ["feed"]
)


def count_failure(feed_id: FeedId) -> None:
    """The supply of a timetable could not be computed."""
    _FAILURES.labels(feed_id).inc()
