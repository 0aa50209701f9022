"""The route table: what the door lets through, to which service, within which limits.

Deny by default: an address that no route names is nowhere. Matching is done on the raw path, the
very bytes the caller sent, so that `%2F` in a stop id stays a part of the id.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NewType

from gateway.callers.domain.access import Access
from gateway.http.domain.cors import Cors
from gateway.routes.domain.plan_names import PlanClass

Service = NewType("Service", str)
OWN: Final = Service("gateway")
"""What the door answers itself: identity, documentation."""

_READ = frozenset({"GET", "HEAD", "OPTIONS"})
_SEGMENT = re.compile(r"\{(\w+)(\.\.\.)?\}")
# `.` and `..` in any spelling. A service that resolves them would answer an address which is not
# the one the table judged. RFC 3986 §5.2.4
_DOT_SEGMENT = re.compile(r"/(?:\.|%2e){1,2}(?:/|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one exchange may take, in bytes and seconds.

    `first_byte`: from the request's last byte to the answer's first. `total`: the whole exchange,
    None for streams. `idle`: the longest silence while bytes are expected from either side.
    """

    body_bytes: int = 65_536
    first_byte: float = 15.0
    total: float | None = 60.0
    idle: float = 30.0


@dataclass(frozen=True, slots=True)
class Route:
    """One line of the table.

    `pattern`: `{name}` stands for one non-empty segment, a last `{name...}` for whatever follows.
    `access`: who may call it; `plan_class`: what a plan counts it as; no route is without either.
    `streaming`: the answer may never end. `compress`: a large text may be gzipped on the way out.
    `credentials`: the service checks keys of its own, so `Authorization` reaches it.
    `participant`: the service enrols and hears people, and may give
    and be told the cookie of those without an account. What goes wrong is told `page`: by a page to
    people in a browser; `fhir`: by an OperationOutcome. `kept`: what its service calls public is
    kept a while for others. `cors`: which other sites' pages may read it. `no_store`: nobody may
    keep what it answers, whatever its service says.
    """

    pattern: str
    service: Service
    access: Access
    methods: frozenset[str] = _READ
    plan_class: PlanClass = field(kw_only=True)
    streaming: bool = False
    compress: bool = True
    credentials: bool = False
    participant: bool = False
    page: bool = False
    fhir: bool = False
    kept: bool = False
    cors: Cors = "none"
    limits: Limits = Limits()
    no_store: bool = field(init=False, repr=False, compare=False)
    matcher: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "matcher", _compile(self.pattern))
        if self.streaming and self.limits.total is not None:
            raise ValueError(f"{self.pattern}: a stream has no total time limit")
        object.__setattr__(self, "no_store", self.participant or is_personal(self.pattern))
        if self.kept and (self.no_store or self.streaming or self.credentials):
            raise ValueError(f"{self.pattern}: not everybody's")

    @property
    def may_be_covered(self) -> bool:
        """Whether a pilot may serve people there in several ways. Not where they enrol, withdraw
        and tell, which no arm may change; nor what the door answers itself, or knows its callers
        only by keys of the service's own; nor documents and assets, the same for everybody."""
        aside = self.service == OWN or self.participant or self.credentials
        return not aside and self.plan_class not in ("pilot", "voice", "docs", "asset")

    @property
    def allow(self) -> str:
        """The value of the `Allow` header."""
        return ", ".join(sorted(self.methods))


class RouteTable:
    """The routes in order: the first that matches is the one. `services`: those behind the door."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self.routes = tuple(routes)
        behind = (route.service for route in self.routes if route.service != OWN)
        self.services = tuple(dict.fromkeys(behind))
        # Most addresses are told apart by their first segment: the others are not even tried.
        firsts = {_first_segment(route.pattern) for route in self.routes}
        self._by_first = {first: self._beginning(first) for first in firsts}
        self._of_any = self._beginning(None)

    @property
    def coverable(self) -> frozenset[str]:
        """The patterns a pilot may cover; `pilotes` holds a copy of those of the platform."""
        return frozenset(route.pattern for route in self.routes if route.may_be_covered)

    def find(self, raw_path: str) -> Route | None:
        """The route of a raw path (percent-encoding as sent, no query), or None."""
        for route in self._by_first.get(_first_segment(raw_path), self._of_any):
            if route.matcher.fullmatch(raw_path):
                return route
        return None

    def get(self, raw_path: str) -> Route:
        """The same. Raises LookupError where there is none."""
        route = self.find(raw_path)
        if route is None:
            raise LookupError(raw_path)
        return route

    def _beginning(self, first: str | None) -> tuple[Route, ...]:
        """The routes, in order, that may match a path of that first segment."""
        return tuple(
            route
            for route in self.routes
            if (own := _first_segment(route.pattern)) == first or "{" in own
        )

    def exposes(self, service: Service, template: str, method: str) -> bool:
        """Whether that operation of a service can be reached: `/stops/{stop_id}`, `get`."""
        route = self.find(template)
        return route is not None and route.service == service and method.upper() in route.methods


def is_personal(pattern: str) -> bool:
    """Whether an address is about somebody: health data, and who people are. The keys with which
    anybody verifies the door's tokens are not."""
    return pattern.startswith(("/fhir", "/auth")) and pattern != "/auth/jwks"


def has_dot_segment(raw_path: str) -> bool:
    """Whether a whole segment is `.` or `..`, percent-encoded or not."""
    return _DOT_SEGMENT.search(raw_path) is not None


def _first_segment(path: str) -> str:
    return path[1:].partition("/")[0]


def _compile(pattern: str) -> re.Pattern[str]:
    if not pattern.startswith("/"):
        raise ValueError(f"{pattern}: a route begins with /")
    parts: list[str] = []
    end = 0
    for found in _SEGMENT.finditer(pattern):
        parts.append(re.escape(pattern[end : found.start()]))
        rest = found.group(2) is not None
        if rest and found.end() != len(pattern):
            raise ValueError(f"{pattern}: {found.group()} must come last")
        parts.append(r"[^\s]*" if rest else r"[^/\s]+")
        end = found.end()
    parts.append(re.escape(pattern[end:]))
    return re.compile("".join(parts))
