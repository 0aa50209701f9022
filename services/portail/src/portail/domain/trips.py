"""One run of a trip, from the public API. Times are in the time zone of their stop."""

from dataclasses import dataclass
from datetime import datetime

from portail.domain.lines import Vehicle
from portail.domain.stops import Route, Stop


@dataclass(frozen=True, slots=True)
class CallTime:
    """An arrival or a departure."""

    scheduled: datetime
    predicted: datetime | None = None
    """None: no prediction, which is not "on time"."""
    delay: int | None = None
    """Seconds, positive if late."""

    @property
    def due(self) -> datetime:
        """The predicted time, otherwise the scheduled one."""
        return self.predicted or self.scheduled


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a run."""

    stop: Stop
    stop_sequence: int
    arrival: CallTime
    departure: CallTime
    state: str = "scheduled"
    scheduled_stop_id: str | None = None
    """The scheduled platform, if another one is served."""
    pickup: int = 0
    drop_off: int = 0
    occupancy: str | None = None

    @property
    def runs(self) -> bool:
        """Whether the run calls there."""
        return self.state not in ("cancelled", "skipped")


@dataclass(frozen=True, slots=True)
class Credit:
    """The network of a run."""

    id: str
    name: str = ""
    licence: str | None = None
    attribution: str | None = None


@dataclass(frozen=True, slots=True)
class Trip:
    """One run of a trip, on one day."""

    trip_id: str
    start_date: str
    route: Route
    calls: tuple[Call, ...]
    generated_at: datetime
    feed: Credit
    start_time: str | None = None
    direction_id: int | None = None
    headsign: str = ""
    status: str = "upcoming"
    """upcoming, running, completed or cancelled."""
    next_stop_sequence: int | None = None
    """Of the call that it is at, or makes next; None after the last."""
    outside_timetable: bool = False
    modified: bool = False
    wheelchair: str = "unknown"
    vehicle: Vehicle | None = None
    alerts: tuple[str, ...] = ()
    updated_at: datetime | None = None
    """Of the data about this run; None without any."""

    @property
    def next_call(self) -> Call | None:
        """The call that it is at, or makes next; None after the last."""
        sequence = self.next_stop_sequence
        found = (call for call in self.calls if call.runs and call.stop_sequence == sequence)
        return None if sequence is None else next(found, None)

    @property
    def previous_call(self) -> Call | None:
        """The last call before the next one that it makes; None before the first."""
        return next((call for call in reversed(self.passed) if call.runs), None)

    @property
    def passed(self) -> tuple[Call, ...]:
        """The calls that are over."""
        following = self.next_call
        if self.status == "upcoming" or self.status == "cancelled":
            return ()
        return self.calls if following is None else self.calls[: self.calls.index(following)]

    @property
    def delay(self) -> int | None:
        """Seconds late at the next call, at the last one after the end; None if it is unknown."""
        call = self.next_call or (self.calls[-1] if self.status == "completed" else None)
        if call is None:
            return None
        last = call is self.calls[-1]
        return call.arrival.delay if last else call.departure.delay

    @property
    def is_live(self) -> bool:
        """Whether real time covers it: what is left of it, or all of it after the end."""
        if self.status == "cancelled":
            return True
        ahead = [call for call in self.calls if call not in self.passed] or self.calls
        return any(call.state in ("predicted", "added", "skipped", "cancelled") for call in ahead)

    @property
    def is_stale(self) -> bool:
        """Whether its predictions are too old."""
        return any(call.state == "stale" for call in self.calls)
