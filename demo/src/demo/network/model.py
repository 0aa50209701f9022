"""What an operator's timetable is made of, before it is written as GTFS.

A run is a pattern (stops and running times, shared by many runs) and a departure time, so that
57,000 trips weigh little. Times are seconds since the service day began (noon minus 12 h) and may
pass 24:00. https://gtfs.org/documentation/schedule/reference/
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

TIMEZONE = "Europe/Paris"

School = Literal["any", "term", "break"]
"""Whether a service runs in any week, in term only, or in the school holidays only."""


@dataclass(frozen=True, slots=True)
class Agency:
    """The agency of the network; its URLs are under example.org, where no server answers."""

    id: str
    name: str
    url: str
    phone: str


@dataclass(frozen=True, slots=True)
class Stop:
    """A station (`location_type` 1) or a boarding place, with a `parent` or without.

    `wheelchair` is GTFS wheelchair_boarding: 0 unknown, 1 yes, 2 no.
    """

    id: str
    name: str
    lat: float
    lon: float
    code: str = ""
    location_type: int = 0
    parent: str = ""
    platform_code: str = ""
    wheelchair: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """A GTFS route; `live`: the operator publishes real time, `on_demand`: passengers book."""

    id: str
    short_name: str
    long_name: str
    route_type: int
    color: str
    text_color: str
    live: bool = True
    on_demand: bool = False
    substitute: bool = False
    """Runs only when another line is cut (works): see `Operator.patterns` for its way."""


@dataclass(frozen=True, slots=True)
class Service:
    """The days a run runs. `holidays`: on public holidays "no", "also", or "yes" as on its days.

    `weeks`: only the nth such weekdays of a month (1 to 5); empty: every week. `not_weeks`: not
    those. `off`: months and days without service (1 May).
    """

    id: str
    weekdays: frozenset[int]
    """0 is Monday."""
    holidays: Literal["no", "also", "yes"] = "no"
    school: School = "any"
    weeks: frozenset[int] = frozenset()
    not_weeks: frozenset[int] = frozenset()
    off: frozenset[tuple[int, int]] = frozenset()


@dataclass(frozen=True, slots=True)
class Call:
    """One stop of a run, seconds since the service day began."""

    stop_id: str
    arrival: int
    departure: int


@dataclass(frozen=True, slots=True)
class Pattern:
    """The way of a line in one direction: its stops, with seconds since the first departure."""

    id: str
    line: Line
    direction: int
    headsign: str
    stops: tuple[str, ...]
    arrivals: tuple[int, ...]
    departures: tuple[int, ...]
    shape: tuple[tuple[float, float], ...] = ()
    """Latitudes and longitudes of the way; empty: no shape."""


@dataclass(frozen=True, slots=True)
class Headway:
    """A run repeated every `seconds`, from its own start until `until` (exclusive)."""

    until: int
    seconds: int
    exact: bool


@dataclass(frozen=True, slots=True)
class Run:
    """One trip of the timetable, on the days of its service."""

    trip_id: str
    pattern: Pattern
    service: str
    start: int
    """Departure from the first stop."""
    block: str = ""
    wheelchair: int = 0
    bikes: int = 0
    headway: Headway | None = None

    @property
    def line(self) -> Line:
        return self.pattern.line

    @property
    def direction(self) -> int:
        return self.pattern.direction

    @property
    def headsign(self) -> str:
        return self.pattern.headsign

    @property
    def end(self) -> int:
        """Arrival at the last stop."""
        return self.start + self.pattern.arrivals[-1]

    @property
    def calls(self) -> tuple[Call, ...]:
        """Every stop, in order, at its time."""
        way = self.pattern
        return tuple(
            Call(stop, self.start + arrival, self.start + departure)
            for stop, arrival, departure in zip(
                way.stops, way.arrivals, way.departures, strict=True
            )
        )


@dataclass(frozen=True, slots=True)
class Transfer:
    """A change between two stops of the operator, in `seconds`."""

    from_stop: str
    to_stop: str
    seconds: int


@dataclass(frozen=True)
class Operator:
    """A network: what its GTFS holds."""

    id: str
    name: str
    agency: Agency
    licence: str
    attribution: str
    stops: tuple[Stop, ...]
    lines: tuple[Line, ...]
    patterns: tuple[Pattern, ...]
    """All ways, those of substitute lines without runs included."""
    services: tuple[Service, ...]
    runs: tuple[Run, ...]
    transfers: tuple[Transfer, ...] = field(default=())

    @cached_property
    def stop_by_id(self) -> Mapping[str, Stop]:
        return {stop.id: stop for stop in self.stops}
