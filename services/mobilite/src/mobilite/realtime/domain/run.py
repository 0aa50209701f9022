"""A run with a trip update: the resolved calls beside the schedule.

Immutable, and the same type for runs of the timetable and outside it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from mobilite.gtfs.domain.enumerations import Occupancy
from mobilite.realtime.domain.propagation import (
    CANCELLED,
    PREDICTED,
    SKIPPED,
    UNKNOWN,
    ResolvedCalls,
)
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.realtime.domain.run_trip import RunTrip
from mobilite.realtime.domain.trip_update import TripUpdate

State = Literal["scheduled", "predicted", "no_data", "stale", "skipped", "cancelled", "added"]

NO_PICKUP: Final = 1
ADDED_CALLS: Final = -(2**31)
"""The sort number of the first call of a run outside the timetable: before every row."""

_SKIPPED: Final = bytes([SKIPPED])
_STATES: Final[Mapping[int, State]] = {
    UNKNOWN: "no_data",
    PREDICTED: "predicted",
    SKIPPED: "skipped",
    CANCELLED: "cancelled",
}


@dataclass(frozen=True, slots=True)
class CallChange:
    """What an update changes at one call, times aside: None where unchanged.

    `stop` is the row of the platform served.
    """

    stop: int | None = None
    headsign: str | None = None
    pickup: int | None = None
    drop_off: int | None = None
    occupancy: Occupancy | None = None


class Resolution:
    """The resolved calls of a run, computed at first use and cached. It depends on the run only.
    Thread-safe."""

    __slots__ = ("_resolve", "_resolved")

    def __init__(self, resolve: Callable[[], ResolvedCalls]) -> None:
        self._resolve: Callable[[], ResolvedCalls] | None = resolve
        self._resolved: ResolvedCalls | None = None

    def get(self) -> ResolvedCalls:
        """The resolved calls."""
        resolve, resolved = self._resolve, self._resolved
        if resolved is None:
            # Another thread clears `_resolve` only after it has set `_resolved`.
            resolved = self._resolved if resolve is None else resolve()
            assert resolved is not None
            self._resolved = resolved
            self._resolve = None
        return resolved


@dataclass(frozen=True, slots=True)
class Run:
    """One run with its update. Times are POSIX seconds, one per call."""

    key: RunKey
    update: TripUpdate
    trip: RunTrip
    arrivals: tuple[int, ...]
    """The schedule, as `departures`: the timetable's, a copy's, or the announced one."""
    departures: tuple[int, ...]
    resolution: Resolution = field(compare=False)
    route_rank: int
    """The display rank of its route."""
    order: int
    """With `tie`, sorts its calls among departures of the same time and route (`Place`)."""
    tie: int = 0
    changes: Mapping[int, CallChange] = field(default_factory=dict)
    early: int = 0
    """With `late`, bounds the deviation of its departures from the schedule in seconds, so that
    irrelevant runs are not resolved."""
    late: int = 0
    hidden: bool = False
    """Deleted by its operator."""
    mismatched: int = 0
    misassigned: int = 0
    left_out: Mapping[int, int] = field(default_factory=dict)
    """The calls of the replaced run (positions there) that this run does not make, each with the
    position of the call it would follow, -1 before all."""

    @property
    def calls(self) -> ResolvedCalls:
        """The resolved calls."""
        return self.resolution.get()

    def state(self, position: int, *, stale: bool) -> State:
        """The state of a call; `stale` if the data of the run's address is too old."""
        code = self.calls.states[position]
        if code in (SKIPPED, CANCELLED):
            return _STATES[code]
        if stale:
            return "stale"
        return "added" if self.trip.outside_timetable else _STATES[code]

    @property
    def cut_short(self) -> bool:
        """Whether its last call is not the last of the replaced run: there it was a departure."""
        return len(self.trip) - 1 in self.left_out.values()

    @property
    def left_out_state(self) -> State:
        """The state of the calls left out: a decision, valid even if the feed is silent."""
        return "cancelled" if self.update.relationship == "CANCELED" else "skipped"

    def predicted_departure(self, position: int, state: State) -> int | None:
        """The predicted departure to show in that state, if any."""
        predicted = state in ("predicted", "added") and self.calls.states[position] == PREDICTED
        return self.calls.departures[position] if predicted else None

    def stop(self, position: int) -> int:
        """The stop served at a call."""
        change = self.changes.get(position)
        scheduled = self.trip.stop(position)
        return scheduled if change is None or change.stop is None else change.stop

    @property
    def last_served(self) -> int:
        """The position of the last call that is not skipped; the last one if all are."""
        served = len(self.calls.states.rstrip(_SKIPPED))
        return (served or len(self.calls.states)) - 1

    def boardings(self) -> Iterator[tuple[int, int]]:
        """The calls shown as departures: (stop, position). A call moved to another platform is
        shown at both. A call whose boarding was removed is shown too."""
        for position in range(len(self.trip) - (not self.cut_short)):
            change, scheduled = self.changes.get(position), self.trip.pickup(position)
            now = scheduled if change is None or change.pickup is None else change.pickup
            if now == NO_PICKUP and scheduled == NO_PICKUP:
                continue
            stop = self.trip.stop(position)
            yield stop, position
            if change is not None and change.stop is not None and change.stop != stop:
                yield change.stop, position
