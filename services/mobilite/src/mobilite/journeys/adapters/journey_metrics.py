"""Prometheus metrics of the journeys role."""

from prometheus_client import Histogram

_SEARCHES = Histogram(
    "mobilite_journey_search_seconds",
    "Time to answer a query for journeys.",
    buckets=(0.001, 0.003, 0.01, 0.025, 0.06, 0.15, 0.5, 2.0),
)
_REFRESHES = Histogram(
    "mobilite_journey_refresh_seconds",
    "Time to bring the network of journeys up to date with the live state.",
    buckets=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 5.0, 30.0),
)


def count_search(seconds: float) -> None:
    """A query was answered in that time."""
    _SEARCHES.observe(seconds)


def count_refresh(seconds: float) -> None:
    """The network was brought up to date in that time."""
    _REFRESHES.observe(seconds)
