"""Routes: which paths the gateway forwards, to which service, within which limits.

Deny by default: a path that matches no route is a 404. Matching uses the raw path, the bytes that
the caller sent, so that `%2F` in a stop id stays part of the id. Services decode what they receive:
the path is normalised first, and no `%2F` reaches a route with other rules than it was matched to.
"""

import math
import re
import string
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NewType

from gateway.callers.domain.access import Access
from gateway.http.domain.cors import Cors
from gateway.routes.domain.plan_names import PlanClass

Service = NewType("Service", str)
OWN: Final = Service("gateway")
"""The gateway itself, which answers identity and documentation routes."""

READ: Final = frozenset({"GET", "HEAD", "OPTIONS"})
POST: Final = frozenset({"POST"})
DELETE: Final = frozenset({"DELETE"})
READ_AND_POST: Final = READ | POST
READ_AND_WRITE: Final = READ | POST | DELETE | {"PUT"}
POST_AND_OPTIONS: Final = frozenset({"OPTIONS", "POST"})  # OPTIONS: for pages of other origins
_SEGMENT = re.compile(r"\{(\w+)(\.\.\.)?\}")
# `.` and `..` in any spelling. A service that resolves them would answer another path than the one
# that was matched. RFC 3986 §5.2.4
_DOT_SEGMENT = re.compile(r"/(?:\.|%2e){1,2}(?:/|$)", re.IGNORECASE)
_ENCODED = re.compile("%([0-9A-Fa-f]{2})")
_ENCODED_SLASH = re.compile("%2f", re.IGNORECASE)
# The characters that a segment may contain as they are. RFC 3986 §3.3
_PLAIN = frozenset(string.ascii_letters + string.digits + "-._~!$&'()*+,;=:@")
_WITHOUT_PERSONS = frozenset({"/auth/jwks", "/auth/v1/plans"})
"""Paths under /auth that are the same for everybody."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one exchange, in bytes and seconds."""

    body_bytes: int = 65_536
    """Size of the request body."""
    first_byte: float = 15.0
    """From the last byte of the request to the first of the response."""
    write: float | None = None
    """From the first byte of a request that writes to the end of its execution, however long its
    body takes: the service has to give up by then, and `WRITE_MARGIN` later its response is no
    longer awaited. None: `first_byte` limits writes too."""
    total: float | None = 60.0
    """The complete exchange; None for streams."""
    idle: float = 30.0
    """Between two chunks, while either side is expected to send."""

    def __post_init__(self) -> None:
        if self.write is not None and self.write + WRITE_MARGIN > (self.total or math.inf):
            raise ValueError("the total ends before the response of a write")


WRITE_MARGIN: Final = 15.0
"""Seconds for which a response is awaited after the limit of a write. A commit that has started by
then takes no longer: no caller is answered 504 for what is written."""
STREAM: Final = Limits(total=None, idle=90.0)
"""Those of a response that may never end."""


@dataclass(frozen=True, slots=True)
class Route:
    """One line of the route table."""

    pattern: str
    """`{name}` stands for one non-empty segment, a last `{name...}` for the rest of the path."""
    service: Service
    access: Access
    methods: frozenset[str] = READ
    plan_class: PlanClass = field(kw_only=True)
    """The quota class that counts its requests."""
    write_class: PlanClass | None = None
    """The quota class that counts those that can change something; None: `plan_class`."""
    streaming: bool = False
    """The response may never end."""
    compress: bool = True
    """A large text may be gzipped."""
    credentials: bool = False
    """The service verifies keys of its own, so `Authorization` is forwarded."""
    participant: bool = False
    """The service enrols participants: it may set and receive the participant cookie."""
    cookie: str | None = None
    """The name of a cookie of its own that the service may set and receive; None: none."""
    page: bool = False
    """Errors are pages for people in a browser."""
    discloses_name: bool = False
    """The service receives the name of the person who is logged in, which its page displays."""
    coverable: bool = True
    """False: no pilot may cover it. See `can_be_covered`."""
    fhir: bool = False
    """Errors are OperationOutcome resources."""
    cacheable: bool = False
    """Public responses are cached for other callers."""
    cors: Cors = "none"
    """Which other origins may read it."""
    limits: Limits = Limits()
    localised: bool = field(init=False, repr=False, compare=False)
    """The response has texts for people, in the language that they chose."""
    no_store: bool = field(init=False, repr=False, compare=False)
    """No cache may store the response, regardless of the service's own headers."""
    matcher: re.Pattern[str] = field(init=False, repr=False, compare=False)
    """The pattern as a regular expression."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "matcher", _compile(self.pattern))
        if self.streaming and self.limits.total is not None:
            raise ValueError(f"{self.pattern}: a stream has no total time limit")
        if self.discloses_name and not self.page:
            raise ValueError(f"{self.pattern}: only a page displays a name")
        object.__setattr__(self, "localised", self.page or self.plan_class == "page")
        personal = self.participant or self.cookie is not None or is_personal(self.pattern)
        object.__setattr__(self, "no_store", personal)
        if self.cacheable and (self.no_store or self.streaming or self.credentials):
            raise ValueError(f"{self.pattern}: a private response is not cacheable")

    @property
    def can_be_covered(self) -> bool:
        """Whether a pilot may cover the route. Excluded: where participants enrol, withdraw and
        contribute, which no arm may change; the gateway's own routes and those with keys of the
        service; documents and assets, which are the same for everybody; and routes with
        `coverable=False`."""
        excluded = self.service == OWN or self.participant or self.credentials
        return (
            self.coverable
            and not excluded
            and self.plan_class not in ("pilot", "voice", "docs", "asset")
        )

    def plan_class_of(self, method: str) -> PlanClass:
        """The quota class that counts a request with that method."""
        writes = method not in READ
        return self.write_class if writes and self.write_class is not None else self.plan_class

    @property
    def allow(self) -> str:
        """The value of the `Allow` header."""
        return ", ".join(sorted(self.methods))


class RouteTable:
    """The routes in order: the first match wins."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self.routes = tuple(routes)
        services = (route.service for route in self.routes if route.service != OWN)
        self.services = tuple(dict.fromkeys(services))
        """The services that have a route, the gateway excepted."""
        # Routes are indexed by their first segment: the others are not tried.
        firsts = {_first_segment(route.pattern) for route in self.routes}
        self._by_first = {first: self._routes_for(first) for first in firsts}
        self._for_other_segments = self._routes_for(None)
        self._places = {route.pattern: place for place, route in enumerate(self.routes)}

    @property
    def coverable(self) -> frozenset[str]:
        """The patterns that a pilot may cover. `pilotes` has a copy of those of the platform's
        table, to check protocols."""
        return frozenset(route.pattern for route in self.routes if route.can_be_covered)

    def find(self, raw_path: str) -> Route | None:
        """The route of a raw path (normalised, no query), or None: also if the service, which
        decodes `%2F`, would answer a route that comes first, with other rules."""
        route = self._first_match(raw_path)
        if route is None or not _ENCODED_SLASH.search(raw_path):
            return route
        decoded = self._first_match(_ENCODED_SLASH.sub("/", raw_path))
        earlier = decoded and self._places[decoded.pattern] < self._places[route.pattern]
        return None if earlier else route

    def _first_match(self, raw_path: str) -> Route | None:
        for route in self._by_first.get(_first_segment(raw_path), self._for_other_segments):
            if route.matcher.fullmatch(raw_path):
                return route
        return None

    def get(self, raw_path: str) -> Route:
        """The route of a raw path. Raises LookupError without one."""
        route = self.find(raw_path)
        if route is None:
            raise LookupError(raw_path)
        return route

    def _routes_for(self, first: str | None) -> tuple[Route, ...]:
        """The routes, in order, that may match a path of that first segment."""
        return tuple(
            route
            for route in self.routes
            if (segment := _first_segment(route.pattern)) == first or "{" in segment
        )

    def exposes(self, service: Service, template: str, method: str) -> bool:
        """Whether callers can reach that operation of a service: `/stops/{stop_id}`, `get`."""
        route = self.find(template)
        return route is not None and route.service == service and method.upper() in route.methods


def is_personal(pattern: str) -> bool:
    """Whether a path carries personal data: health data and identities. The public keys of the
    gateway's tokens do not, nor do the plans."""
    return pattern.startswith(("/fhir", "/auth")) and pattern not in _WITHOUT_PERSONS


def normalise(raw_path: str) -> str:
    """The same path, in which no character is percent-encoded that needs not be. RFC 3986 §6.2.2.2;
    `$`, `:` and their like too, which no service distinguishes."""
    return _ENCODED.sub(_plain, raw_path) if "%" in raw_path else raw_path


def _plain(encoded: re.Match[str]) -> str:
    character = chr(int(encoded.group(1), 16))
    return character if character in _PLAIN else encoded.group()


def has_dot_segment(raw_path: str) -> bool:
    """Whether a segment is `.` or `..`, percent-encoded or not."""
    return _DOT_SEGMENT.search(raw_path) is not None


def _first_segment(path: str) -> str:
    return path[1:].partition("/")[0]


def _compile(pattern: str) -> re.Pattern[str]:
    if not pattern.startswith("/"):
        raise ValueError(f"{pattern}: a pattern begins with /")
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
