"""The board of a stop as the public API tells it. Times are aware, in the zone of the stop."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from portail.domain.alerts import AlertSummary
from portail.domain.stops import Route, Stop

Key = tuple[str, str, str | None, int]


@dataclass(frozen=True, slots=True)
class Departure:
    """One line of a board. Fields and states are those of `GET …/departures`.

    `scheduled_platform_code` is told where the platform is not the one of the timetable;
    `own_alerts` are those of `alerts` that name its line or its run.
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
        """What tells one departure of a board from another."""
        return self.trip_id, self.start_date, self.start_time, self.stop_sequence

    @property
    def due(self) -> datetime | None:
        """When it leaves, as far as anybody knows."""
        return self.predicted or self.scheduled

    @property
    def runs(self) -> bool:
        """Whether one can board it here."""
        return self.state not in ("cancelled", "skipped")


@dataclass(frozen=True, slots=True)
class RealTime:
    """What the real time of a network is worth now. `state`: live, stale, none."""

    state: str
    message: str = ""
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BoardNetwork:
    """Whom a board comes from and whom to credit."""

    id: str
    name: str
    real_time: RealTime
    licence: str | None = None
    attribution: str | None = None


@dataclass(frozen=True, slots=True)
class Board:
    """A page of departures. `late`: the API answers no more, and this is the last it said."""

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
        """The departures to be told from the others as disrupted: what is said of the stop or of
        the whole network stands above them all, information disrupts nothing, and a mark on every
        line would tell none from another."""
        disrupting = frozenset(alert.id for alert in self.alerts if alert.disrupts)
        found = {each.key for each in self.departures if not disrupting.isdisjoint(each.own_alerts)}
        return frozenset(found if len(found) < len(self.departures) else ())

    def still_to_come(self, now: datetime) -> tuple[Departure, ...]:
        """The departures that have not left, a last minute of grace included: a board that is
        late must not offer what is gone."""
        return tuple(
            each
            for each in self.departures
            if each.due is not None and (not self.late or each.due >= now - timedelta(minutes=1))
        )


def minutes_until(due: datetime, now: datetime) -> int:
    """Whole minutes left, never below zero: 119 s are 1 minute, so that nobody comes too late."""
    return max(0, int((due - now).total_seconds() // 60))


def minutes_of_delay(delay: int) -> int:
    """A delay in whole minutes towards zero: 59 s late is on time for whoever reads a clock."""
    return int(delay / 60)
