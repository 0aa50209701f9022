"""The board of a stop, from the public API. Times are aware, in the time zone of the stop."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from portail.domain.alerts import AlertSummary
from portail.domain.stops import Route, Stop

Key = tuple[str, str, str | None, int]


@dataclass(frozen=True, slots=True)
class Departure:
    """One line of a board. Fields and states are those of `GET …/departures`.

    `scheduled_platform_code` is present if the platform differs from the timetable's.
    `own_alerts` are those of `alerts` that name its route or its trip.
    """

    trip_id: str
    route: Route
    headsign: str
    state: str
    scheduled: datetime | None = None
    predicted: datetime | None = None
    delay: int | None = None
    start_date: str = ""
    start_time: str | None = None
    stop_id: str = ""
    stop_sequence: int = 0
    platform_code: str | None = None
    scheduled_platform_code: str | None = None
    ends_at: str | None = None
    pickup: str = "regular"
    approximate: bool = False
    outside_timetable: bool = False
    wheelchair: str = "unknown"
    occupancy: str | None = None
    alerts: tuple[str, ...] = ()
    own_alerts: tuple[str, ...] = ()

    @property
    def key(self) -> Key:
        """Identifies a departure within a board."""
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
    """The state of a network's real time: live, stale or none."""

    state: str
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
    """A page of departures. `late`: the API does not answer, and this is the last known board."""

    stop: Stop
    at: datetime
    generated_at: datetime
    message: str | None = None
    feeds: tuple[BoardNetwork, ...] = ()
    departures: tuple[Departure, ...] = ()
    next: str | None = None
    alerts: tuple[AlertSummary, ...] = field(default=())
    late: bool = False

    @property
    def marked(self) -> frozenset[Key]:
        """The departures to mark as disrupted. Alerts of the stop or of the entire network are
        displayed above the board; information marks nothing; if every departure were marked, none
        is."""
        disrupting = frozenset(alert.id for alert in self.alerts if alert.disrupts)
        found = {each.key for each in self.departures if not disrupting.isdisjoint(each.own_alerts)}
        return frozenset(found if len(found) < len(self.departures) else ())

    def still_to_come(self, now: datetime) -> tuple[Departure, ...]:
        """The departures that have not left, with a minute of grace: a late board must not list
        past departures."""
        return tuple(
            each
            for each in self.departures
            if each.due is not None and (not self.late or each.due >= now - timedelta(minutes=1))
        )


def minutes_until(due: datetime, now: datetime) -> int:
    """Full minutes left, never below zero: 119 s are 1 minute, so that no traveller is late."""
    return max(0, int((due - now).total_seconds() // 60))


def minutes_of_delay(delay: int) -> int:
    """A delay in full minutes towards zero: 59 s late is on time on a clock without seconds."""
    return int(delay / 60)
