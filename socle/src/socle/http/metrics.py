"""Request metrics: rate, errors, duration, bytes; by route template, never by path.

https://prometheus.io/docs/practices/naming/
"""

from bisect import bisect_left
from collections.abc import Iterator, MutableMapping
from itertools import accumulate
from typing import Any, Final

from prometheus_client import REGISTRY
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_BOUNDS: Final = (*map(str, _BUCKETS), "+Inf")
_LABELS: Final = ("service", "method", "route")

OPEN: Final[dict[str, int]] = {}
"""Open requests, streams included, by service."""

UNMATCHED: Final = "unmatched"
"""The route label of requests without a route."""


def method_label(method: str) -> str:
    """The method, or OTHER: a client must not be able to invent label values."""
    return method if method in _METHODS else "OTHER"


def route_template(scope: MutableMapping[str, Any], outer_root_path: str) -> str:
    """The template that matched (`/things/{id}`), or "unmatched"; never a raw path. Without a match
    inside a mount, the mount's prefix and `/{path}`.

    A raw ASGI application names its own in `scope["route_template"]`. A mount adds its prefix to
    `root_path`, which is a literal of the code.
    """
    if template := scope.get("route_template"):
        return str(template)
    mounted = str(scope.get("root_path", "")).removeprefix(outer_root_path)
    if route := scope.get("route"):
        return mounted + str(route.path_format)
    return f"{mounted}/{{path}}" if mounted else UNMATCHED


class _Series:
    """The counters of one method and route: plain numbers, since every request adds to them.
    The counters of prometheus_client take a lock each."""

    __slots__ = ("buckets", "bytes", "seconds", "statuses")

    def __init__(self) -> None:
        self.bytes, self.seconds = 0, 0.0
        self.statuses: dict[int, int] = {}
        self.buckets = [0] * (len(_BUCKETS) + 1)


_series: dict[tuple[str, str, str], _Series] = {}


def count(
    service: str, method: str, route: str, *, status: int, seconds: float, body_bytes: int
) -> None:
    """Count one request. Not thread-safe: call it on the event loop's thread.

    `method`: a `method_label`. `route`: a `route_template`.
    """
    labels = (service, method, route)
    series = _series.get(labels)
    if series is None:
        series = _series[labels] = _Series()
    series.statuses[status] = series.statuses.get(status, 0) + 1
    series.seconds += seconds
    series.bytes += body_bytes
    series.buckets[bisect_left(_BUCKETS, seconds)] += 1


class _Collector:
    """The series as prometheus_client collects them."""

    def collect(self) -> Iterator[Metric]:
        requests = CounterMetricFamily(
            "http_requests", "Answered requests.", labels=(*_LABELS, "status")
        )
        duration = HistogramMetricFamily(
            "http_request_duration_seconds",
            "Time to answer; for an event stream, time to its first byte.",
            labels=_LABELS,
        )
        sent = CounterMetricFamily("http_response_bytes", "Body bytes sent.", labels=_LABELS)
        for labels, series in tuple(_series.items()):
            for status, answered in tuple(series.statuses.items()):
                requests.add_metric((*labels, str(status)), answered)
            counted = tuple(zip(_BOUNDS, accumulate(series.buckets), strict=True))
            duration.add_metric(labels, counted, series.seconds)
            sent.add_metric(labels, series.bytes)
        yield from (requests, duration, sent)
        open_requests = GaugeMetricFamily(
            "http_requests_open", "Requests being answered, streams included.", labels=("service",)
        )
        for service, number in tuple(OPEN.items()):
            open_requests.add_metric((service,), number)
        yield open_requests


REGISTRY.register(_Collector())
