"""What is counted of the requests: rate, errors, duration, bytes; by route template, never by path.

https://prometheus.io/docs/practices/naming/
"""

from collections.abc import MutableMapping
from functools import cache
from typing import Any, Final

from prometheus_client import Counter, Gauge, Histogram

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

REQUESTS: Final = Counter(
    "http_requests_total", "Answered requests.", ["service", "method", "route", "status"]
)
DURATION: Final = Histogram(
    "http_request_duration_seconds",
    "Time to answer; for an event stream, time to its first byte.",
    ["service", "method", "route"],
    buckets=_BUCKETS,
)
BYTES: Final = Counter(
    "http_response_bytes_total", "Body bytes sent.", ["service", "method", "route"]
)
OPEN: Final = Gauge("http_requests_open", "Requests being answered, streams included.", ["service"])

UNMATCHED: Final = "unmatched"


def method_label(method: str) -> str:
    """The method, or OTHER: a client must not be able to invent label values."""
    return method if method in _METHODS else "OTHER"


def route_template(scope: MutableMapping[str, Any], outer_root_path: str) -> str:
    """The template that matched (`/things/{id}`), or "unmatched"; never a raw path.

    A raw ASGI application names its own in `scope["route_template"]`. A mount adds its prefix to
    `root_path`, which is a literal of the code.
    """
    if named := scope.get("route_template"):
        return str(named)
    mounted = str(scope.get("root_path", "")).removeprefix(outer_root_path)
    if route := scope.get("route"):
        # FastAPI ≥ 0.137 keeps the prefixes of included routers beside the route, under a key of
        # its own; the route alone would give `/{id}` for every router.
        included = scope.get("fastapi", {}).get("effective_route_context")
        return mounted + str(getattr(included, "path_format", None) or route.path)
    return f"{mounted}/{{path}}" if mounted else UNMATCHED


def count(
    service: str, method: str, route: str, *, status: int, seconds: float, body_bytes: int
) -> None:
    """One answered request. `method` is a `method_label`."""
    _requests(service, method, route, status).inc()
    duration, sent = _per_route(service, method, route)
    duration.observe(seconds)
    sent.inc(body_bytes)


# Finding a labelled series takes longer than counting in it; the labels are bounded by the code.
@cache
def _requests(service: str, method: str, route: str, status: int) -> Counter:
    return REQUESTS.labels(service, method, route, str(status))


@cache
def _per_route(service: str, method: str, route: str) -> tuple[Histogram, Counter]:
    return DURATION.labels(service, method, route), BYTES.labels(service, method, route)
