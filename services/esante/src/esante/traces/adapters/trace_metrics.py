"""Prometheus metrics of traces."""

from prometheus_client import Counter, Gauge

_STORED = Counter("esante_traces_stored_total", "Access traces stored in the chain.")
_WAITING = Gauge("esante_traces_waiting", "Access traces that wait in the journal of the process.")
_OLDEST = Gauge(
    "esante_traces_oldest_seconds", "Age of the oldest trace that waits in the journal; 0: none."
)
_UNRENDERED = Gauge(
    "esante_audit_events_waiting", "Access traces of the chain that are not AuditEvents yet."
)


def report_traces(waiting: int, stored: int, oldest: float) -> None:
    """Set the gauges and add to the counter. `oldest`: seconds."""
    _WAITING.set(waiting)
    _STORED.inc(stored)
    _OLDEST.set(oldest)


def report_unrendered(number: int) -> None:
    """Set the gauge."""
    _UNRENDERED.set(number)
