"""Prometheus metrics of the archive of passages."""

from prometheus_client import Counter

from mobilite.gtfs.domain.ids import FeedId
from mobilite.passages.domain.passage import Passage

_PASSAGES = Counter(
    "mobilite_passages_total", "Passages that have changed.", ["feed", "source", "state"]
)
_FAILURES = Counter(
    "mobilite_passages_archive_failures_total",
    "Times that passages or their figures were not stored or read.",
)


def count_passage(feed_id: FeedId, passage: Passage) -> None:
    """A passage has changed."""
    _PASSAGES.labels(feed_id, passage.source, passage.state).inc()


def count_failure() -> None:
    """Something was not stored, or not read."""
    _FAILURES.inc()
