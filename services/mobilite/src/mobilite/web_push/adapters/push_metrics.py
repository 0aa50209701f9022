"""Prometheus metrics of notifications."""

from prometheus_client import Counter

_MESSAGES = Counter(
    "mobilite_push_messages_total",
    "Messages to push services, by outcome: delivered, gone, refused, later.",
    ["outcome"],
)


def count_message(outcome: str) -> None:
    """A message had that outcome."""
    _MESSAGES.labels(outcome).inc()
