"""Prometheus metrics of observed calls."""

from prometheus_client import Counter

_CALLS = Counter(
    "mobilite_connection_observed_calls_total",
    "Calls of runs in real time whose forecasts were compared with what happened.",
)
_ABSURD = Counter(
    "mobilite_connection_absurd_calls_total",
    "Calls left out because they differ from their forecast by hours.",
)


def count_calls(calls: int, absurd: int) -> None:
    """So many calls were observed, and so many left out."""
    _CALLS.inc(calls)
    _ABSURD.inc(absurd)
