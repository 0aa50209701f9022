"""Prometheus metrics of traces."""

from prometheus_client import Counter, Gauge

_STORED = Counter("esante_traces_stored_total", "Access traces stored in the chain.")
_WAITING = Gauge("esante_traces_waiting", "Access traces that wait in the journal of the process.")


def report_traces(waiting: int, stored: int) -> None:
    """Set the gauge and add to the counter."""
    _WAITING.set(waiting)
    _STORED.inc(stored)
