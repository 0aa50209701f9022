"""Prometheus metrics of subscriptions."""

from collections.abc import Mapping

from prometheus_client import Counter, Gauge

from esante.subscriptions.ports import Outcome

_NOTIFICATIONS = Counter(
    "esante_notifications_total",
    "Notifications of subscriptions, by outcome: delivered, failed, withheld, handshake, "
    "heartbeat.",
    ["outcome"],
)
_SUBSCRIPTIONS = Gauge("esante_subscriptions", "Subscriptions by status.", ["status"])
_WAITING = Gauge("esante_notifications_waiting", "Events that wait for their delivery.")
_STREAMS = Gauge("esante_event_streams", "Open event streams of subscriptions.")
_STATUSES = ("requested", "active", "error", "off")


def count_outcome(outcome: Outcome) -> None:
    """One more notification had that outcome."""
    _NOTIFICATIONS.labels(outcome).inc()


def report_streams(number: int) -> None:
    """Set the gauge of open event streams."""
    _STREAMS.set(number)


def report_queue(measured: Mapping[str, int]) -> None:
    """Set the gauges. `measured`: as `SubscriptionQueue.measure`."""
    for status in _STATUSES:
        _SUBSCRIPTIONS.labels(status).set(measured.get(status, 0))
    _WAITING.set(measured.get("waiting", 0))
