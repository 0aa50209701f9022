"""The parts of an operator's timetable, before it is written as GTFS.

A run is a pattern (stops and running times, shared by many runs) and a departure time, so that
57,000 trips need little memory. Times are seconds since the service day began (noon minus 12 h) and
can exceed 24:00. https://gtfs.org/documentation/schedule/reference/
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

TIMEZONE = "Europe/Paris"
MAX_SCALE = 16
"""The greatest scale of the region."""

School = Literal["any", "term", "break"]
"""When a service runs: in any week, only in term, or only in the school holidays."""


@dataclass(frozen=True, slots=True)
class Agency:
    """The agency of the network; its URLs are under example.org, where no server answers."""

    id: str
    name: str
    url: str
    phone: str


@dataclass(frozen=True, slots=True)
class Stop:
    """A station or a boarding place."""

    id: str
    name: str
    lat: float
    lon: float
    code: str = ""
    location_type: int = 0
    """1: a station; 0: a boarding place."""
    parent: str = ""
    """The id of a boarding place's station, if any."""
    platform_code: str = ""
    wheelchair: int = 0
    """GTFS wheelchair_boarding: 0 unknown, 1 yes, 2 no."""


@dataclass(frozen=True, slots=True)
class Line:
    """A GTFS route. Colours are hexadecimal, as in GTFS (`1B5E20`)."""

    id: str
    short_name: str
    long_name: str
    route_type: int
    color: str
    text_color: str
    live: bool = True
    """Whether the operator publishes its real time."""
    on_demand: bool = False
    """Whether passengers have to book."""
    substitute: bool = False
    """Whether it runs only when another line is cut by works. It has patterns but can have no
    runs."""


@dataclass(frozen=True, slots=True)
class Service:
    """The days on which runs run (GTFS calendar.txt and calendar_dates.txt)."""

    id: str
    weekdays: frozenset[int]
    """0 is Monday."""
    holidays: Literal["no", "also", "yes"] = "no"
    """On public holidays: it does not run, it runs whatever the weekday, or as on other days."""
    school: School = "any"
    weeks: frozenset[int] = frozenset()
    """Only the nth of these weekdays in a month (1 to 5); empty: all."""
    not_weeks: frozenset[int] = frozenset()
    """Not the nth of these weekdays in a month."""
    off: frozenset[tuple[int, int]] = frozenset()
    """Months and days without service, as 1 May."""


@dataclass(frozen=True, slots=True)
class Call:
    """One stop of a run. Times are seconds since the service day began."""

    stop_id: str
    arrival: int
    departure: int


@dataclass(frozen=True, slots=True)
class Pattern:
    """The stops of a line in one direction, and the times between them."""

    id: str
    line: Line
    direction: int
    """GTFS direction_id: 0 or 1."""
    headsign: str
    stops: tuple[str, ...]
    """Ids in order."""
    arrivals: tuple[int, ...]
    """Seconds since the first departure, one for each stop."""
    departures: tuple[int, ...]
    """Seconds since the first departure, one for each stop."""
    shape: tuple[tuple[float, float], ...] = ()
    """Latitudes and longitudes; empty: no shape."""


@dataclass(frozen=True, slots=True)
class Headway:
    """The repetition of a run, from its own start on (GTFS frequencies.txt)."""

    until: int
    """The end, excluded, in seconds since the service day began."""
    seconds: int
    """Between two departures."""
    exact: bool
    """GTFS exact_times: whether the departures are exact."""


@dataclass(frozen=True, slots=True)
class Run:
    """One trip of the timetable, on the days of its service."""

    trip_id: str
    pattern: Pattern
    service: str
    start: int
    """Departure from the first stop."""
    block: str = ""
    """GTFS block_id: the runs of one vehicle."""
    wheelchair: int = 0
    """GTFS wheelchair_accessible."""
    bikes: int = 0
    """GTFS bikes_allowed."""
    headway: Headway | None = None

    @property
    def line(self) -> Line:
        """The line of the pattern."""
        return self.pattern.line

    @property
    def direction(self) -> int:
        """The direction of the pattern."""
        return self.pattern.direction

    @property
    def headsign(self) -> str:
        """The headsign of the pattern."""
        return self.pattern.headsign

    @property
    def end(self) -> int:
        """Arrival at the last stop."""
        return self.start + self.pattern.arrivals[-1]

    @property
    def calls(self) -> tuple[Call, ...]:
        """Every stop with its times, in order."""
        pattern = self.pattern
        return tuple(
            Call(stop, self.start + arrival, self.start + departure)
            for stop, arrival, departure in zip(
                pattern.stops, pattern.arrivals, pattern.departures, strict=True
            )
        )


@dataclass(frozen=True, slots=True)
class Transfer:
    """A change between two stops of the operator (GTFS transfers.txt)."""

    from_stop: str
    to_stop: str
    seconds: int
    """Time that it takes at least."""


@dataclass(frozen=True)
class Operator:
    """A network with its timetable: the content of its GTFS."""

    id: str
    name: str
    agency: Agency
    licence: str
    """The id of the licence, as in feeds.toml."""
    attribution: str
    """The organisation named in attributions.txt."""
    stops: tuple[Stop, ...]
    lines: tuple[Line, ...]
    patterns: tuple[Pattern, ...]
    """All patterns, those of substitute lines without runs included."""
    services: tuple[Service, ...]
    runs: tuple[Run, ...]
    transfers: tuple[Transfer, ...] = field(default=())

    @cached_property
    def stop_by_id(self) -> Mapping[str, Stop]:
        """The stops by id."""
        return {stop.id: stop for stop in self.stops}
