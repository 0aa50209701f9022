"""Lines: their stops, their timetable and their current runs, from the public API."""

from dataclasses import dataclass
from datetime import datetime

from portail.domain.stops import Route, Stop

MOST_LINES = 500
"""The most lines of a page of the API."""


@dataclass(frozen=True, slots=True)
class ListedLine(Route):
    """A line of the list."""

    feed: str = ""
    termini: tuple[str, ...] = ()
    """Where its runs go, the most frequent first."""


@dataclass(frozen=True, slots=True)
class LinePage:
    """A page of lines."""

    routes: tuple[ListedLine, ...] = ()
    next: str | None = None
    """The cursor of the next page; None on the last one."""


@dataclass(frozen=True, slots=True)
class LineStop(Stop):
    """A stop of a line."""

    trips: int = 0
    """How many trips of the direction call there."""
    connections: tuple[str, ...] = ()
    """The ids of the other lines there."""
    lat: float | None = None
    """WGS 84 degrees; None if unknown. So is the longitude."""
    lon: float | None = None


@dataclass(frozen=True, slots=True)
class Pattern:
    """Trips that call at the same stops."""

    trips: int
    stops: tuple[int, ...]
    """Places in the stops of the direction, ascending."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A line on a map."""

    coordinates: tuple[tuple[float, float], ...] = ()
    """Longitude and latitude."""


@dataclass(frozen=True, slots=True)
class Direction:
    """One direction of a line, all days together."""

    direction_id: int | None = None
    headsigns: tuple[str, ...] = ()
    """The most frequent first."""
    trips: int = 0
    stops: tuple[LineStop, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    """The most frequent first."""
    shape: Shape | None = None


@dataclass(frozen=True, slots=True)
class Line(ListedLine):
    """A line with its stops in each direction."""

    directions: tuple[Direction, ...] = ()
    alerts: tuple[str, ...] = ()
    connections: tuple[Route, ...] = ()
    """The lines that the connections of its stops name."""
    valid_from: str | None = None
    """The first day of its timetable, YYYYMMDD."""
    valid_to: str | None = None


@dataclass(frozen=True, slots=True)
class TimetableCall:
    """One call of a run in the timetable of its line."""

    stop: int
    """Its place in the stops of the timetable."""
    arrival: datetime
    departure: datetime
    predicted: datetime | None = None
    """The predicted departure; at the last call the predicted arrival."""
    delay: int | None = None
    """Seconds, positive if late."""
    state: str = "scheduled"
    pickup: int = 0
    """GTFS's pickup_type."""
    drop_off: int = 0
    """GTFS's drop_off_type."""
    approximate: bool = False

    @property
    def due(self) -> datetime:
        """The predicted time, otherwise the scheduled departure."""
        return self.predicted or self.departure

    @property
    def runs(self) -> bool:
        """Whether the run calls there."""
        return self.state not in ("cancelled", "skipped")


@dataclass(frozen=True, slots=True)
class TimetableRun:
    """A run of a timetable."""

    trip_id: str
    start_date: str
    headsign: str = ""
    start_time: str | None = None
    headway: bool = False
    """Whether it runs by headway: its times are an example."""
    cancelled: bool = False
    outside_timetable: bool = False
    modified: bool = False
    wheelchair: str = "unknown"
    last_stop: int = -1
    """The place of its last stop; -1: not known."""
    calls: tuple[TimetableCall, ...] = ()


@dataclass(frozen=True, slots=True)
class LineTimetable:
    """The runs of one direction of a line on a service day."""

    date: str
    """YYYYMMDD."""
    stops: tuple[Stop, ...] = ()
    runs: tuple[TimetableRun, ...] = ()
    next_date: str | None = None
    """Without runs: the next day with some, if it is known."""


@dataclass(frozen=True, slots=True)
class Vehicle:
    """The vehicle that serves a run."""

    measured_at: datetime
    label: str | None = None
    occupancy: str | None = None
    status: str = "in_transit_to"
    stale: bool = False
    """Whether it is certainly elsewhere by now."""


@dataclass(frozen=True, slots=True)
class ProgressCall:
    """A call that a run has made, or makes next."""

    stop: Stop
    scheduled: datetime
    stop_sequence: int = 0
    predicted: datetime | None = None
    delay: int | None = None
    state: str = "scheduled"

    @property
    def due(self) -> datetime:
        """The predicted time, otherwise the scheduled one."""
        return self.predicted or self.scheduled


@dataclass(frozen=True, slots=True)
class CurrentRun:
    """A run under way, or cancelled while it would be."""

    trip_id: str
    start_date: str
    start_time: str | None = None
    direction_id: int | None = None
    headsign: str = ""
    departure: datetime | None = None
    """Of its first stop, as planned."""
    status: str = "running"
    outside_timetable: bool = False
    previous: ProgressCall | None = None
    """The last stop that it left; None before the first."""
    next: ProgressCall | None = None
    """The stop that it is at, or goes to."""
    vehicle: Vehicle | None = None


@dataclass(frozen=True, slots=True)
class LineRuns:
    """The runs of a line that are under way."""

    generated_at: datetime
    runs: tuple[CurrentRun, ...] = ()
