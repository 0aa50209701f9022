"""The board of a stop, from the public API. Times are aware, in the time zone of the stop."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from portail.domain.alerts import AlertSummary
from portail.domain.stops import Route, Stop

DepartureKey = tuple[str, str, str | None, int]


@dataclass(frozen=True, slots=True)
class Carriage:
    """The occupancy of one carriage."""

    label: str | None = None
    """Text for people, such as a number."""
    occupancy: str | None = None
    occupancy_percentage: int | None = None
    """Of all places; can exceed 100."""


@dataclass(frozen=True, slots=True)
class Departure:
    """One departure on a board. Fields and states are those of `GET …/departures`."""

    trip_id: str
    route: Route
    headsign: str
    """Empty if it is unknown."""
    state: str
    scheduled: datetime | None = None
    predicted: datetime | None = None
    delay: int | None = None
    """Seconds, positive if late."""
    start_date: str = ""
    start_time: str | None = None
    stop_id: str = ""
    stop_name: str = ""
    """Of its stop: one of several on the board of a hub."""
    stop_sequence: int = 0
    platform_code: str | None = None
    scheduled_platform_code: str | None = None
    """None if it is the same."""
    ends_at: str | None = None
    """The stop where the run ends, if that is before the scheduled one."""
    pickup: str = "regular"
    approximate: bool = False
    estimated: bool = False
    """Whether the prediction is estimated from the position of the vehicle."""
    outside_timetable: bool = False
    modified: bool = False
    """Whether a detour changes its run."""
    wheelchair: str = "unknown"
    occupancy: str | None = None
    carriages: tuple[Carriage, ...] = ()
    """The first in the direction of travel first; empty if unknown."""
    alerts: tuple[str, ...] = ()
    """Ids of the alerts that affect it."""
    own_alerts: tuple[str, ...] = ()
    """Ids of those that affect its route or its trip."""

    @property
    def key(self) -> DepartureKey:
        """Identifies the departure within a board."""
        return self.trip_id, self.start_date, self.start_time, self.stop_sequence

    @property
    def due(self) -> datetime | None:
        """The predicted time, otherwise the scheduled one."""
        return self.predicted or self.scheduled

    @property
    def runs(self) -> bool:
        """Whether passengers can board it here."""
        return self.state not in ("cancelled", "skipped")


@dataclass(frozen=True, slots=True)
class RealTime:
    """The real time of a network."""

    state: str
    """live, stale or none."""
    message: str = ""
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BoardNetwork:
    """A network on a board, with the attribution it requires."""

    id: str
    name: str
    real_time: RealTime
    licence: str | None = None
    attribution: str | None = None


@dataclass(frozen=True, slots=True)
class Board:
    """A page of the departures of a stop."""

    stop: Stop
    at: datetime
    generated_at: datetime
    message: str | None = None
    feeds: tuple[BoardNetwork, ...] = ()
    departures: tuple[Departure, ...] = ()
    next: str | None = None
    """The cursor of the next page; None on the last one."""
    alerts: tuple[AlertSummary, ...] = field(default=())
    late: bool = False
    """Whether it is an earlier board, because the API is unavailable."""

    @property
    def marked(self) -> frozenset[DepartureKey]:
        """The departures to mark as disrupted: those with disruptions of their route or trip.

        If that is every departure, none is marked. Alerts of the stop or of the entire network are
        displayed above the board.
        """
        disrupting = frozenset(alert.id for alert in self.alerts if alert.disrupts)
        found = {each.key for each in self.departures if not disrupting.isdisjoint(each.own_alerts)}
        return frozenset(found if len(found) < len(self.departures) else ())

    def still_to_come(self, now: datetime) -> tuple[Departure, ...]:
        """The departures of the board that have a time.

        Of a late board, only those that have not left more than a minute ago.
        """
        return tuple(
            each
            for each in self.departures
            if each.due is not None and (not self.late or each.due >= now - timedelta(minutes=1))
        )


def minutes_until(due: datetime, now: datetime) -> int:
    """Full minutes until a departure, at least 0: 119 s are 1 minute, so that travellers are not
    late."""
    return max(0, int((due - now).total_seconds() // 60))


def minutes_of_delay(delay: int) -> int:
    """A delay in full minutes, rounded towards zero: 59 s late counts as on time."""
    return int(delay / 60)
