"""A run with a trip update: its scheduled and its resolved calls.

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
"""The state of a call for readers. `scheduled`: its run has no trip update; `no_data`: the update
predicts nothing there; `stale`: the data is too old to be displayed; `added`: it is of a run that
an update built, or at a replacement stop of a modified run, with a prediction or without.
"""

NO_PICKUP: Final = 1
"""The pickup_type "no pickup available"."""
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
    """What an update changes at one call, except times. None: unchanged."""

    stop: int | None = None
    """The row of the platform served."""
    headsign: str | None = None
    pickup: int | None = None
    """GTFS's pickup_type, 0–3."""
    drop_off: int | None = None
    """GTFS's drop_off_type, 0–3."""
    occupancy: Occupancy | None = None
    """At the departure."""


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
    """Scheduled, as are the departures: by the timetable, or by the operator's update."""
    departures: tuple[int, ...]
    resolution: Resolution = field(compare=False)
    """Its predicted times and states."""
    route_rank: int
    """The display rank of its route."""
    order: int
    """With `tie`, sorts its calls among departures of the same time and route (`Place` of boards):
    the timetable row of its first call, or ADDED_CALLS."""
    tie: int = 0
    changes: Mapping[int, CallChange] = field(default_factory=dict)
    """By position of the call."""
    early: int = 0
    """Seconds by which a departure can be early at most. With `late`, it lets a board skip runs
    without resolving them."""
    late: int = 0
    """Seconds by which a departure can be late at most."""
    hidden: bool = False
    """Deleted by its operator: not displayed."""
    mismatched: int = 0
    """Stop updates that match no call, or contradict their stop_sequence."""
    misassigned: int = 0
    """Stop updates that assign a platform outside the station."""
    corrected_sequences: Mapping[int, int | None] = field(default_factory=dict)
    """For each stop update that contradicts its stop_sequence, by place in `update.stop_updates`:
    the stop_sequence of its call; None if it has no call."""
    without_update: bool = False
    """Whether no trip update is about it, only TripModifications: `update` has no content."""
    unmodified_update: TripUpdate | None = None
    """Of a modified run with an update of its own: the one about the trip without modifications,
    for readers that do not support these."""
    left_out: Mapping[int, int] = field(default_factory=dict)
    """The calls of the replaced run that this run does not make: their positions there, each with
    the position here of the call they would follow (-1: before all)."""

    @property
    def calls(self) -> ResolvedCalls:
        """The resolved calls."""
        return self.resolution.get()

    def state(self, position: int, *, stale: bool) -> State:
        """The state of a call; `stale` if the data of the run's address is too old."""
        code, trip = self.calls.states[position], self.trip
        if code in (SKIPPED, CANCELLED):
            return _STATES[code]
        added = trip.outside_timetable or trip.replacement(position)
        if self.without_update:
            return "added" if added else "scheduled"
        if stale:
            return "stale"
        return "added" if added else _STATES[code]

    @property
    def cut_short(self) -> bool:
        """Whether calls of the replaced run after its last call are left out. The replaced run
        could be boarded at that call."""
        return len(self.trip) - 1 in self.left_out.values()

    @property
    def start_left_out(self) -> bool:
        """Whether calls of the replaced run before its first call are left out."""
        return -1 in self.left_out.values()

    @property
    def left_out_state(self) -> State:
        """The state of the calls left out. A decision of the operator, so it is never stale."""
        return "cancelled" if self.update.relationship == "CANCELED" else "skipped"

    def predicted_departure(self, position: int, state: State) -> int | None:
        """The predicted departure to display in that state, in POSIX seconds; None if the state
        or the call has none."""
        predicted = state in ("predicted", "added") and self.calls.states[position] == PREDICTED
        return self.calls.departures[position] if predicted else None

    def stop(self, position: int) -> int:
        """The stop (a row) served at a call."""
        change = self.changes.get(position)
        scheduled = self.trip.stop(position)
        return scheduled if change is None or change.stop is None else change.stop

    @property
    def last_served(self) -> int:
        """The position of the last call that is not skipped; the last one if all are."""
        served = len(self.calls.states.rstrip(_SKIPPED))
        return (served or len(self.calls.states)) - 1

    @property
    def first_served(self) -> int:
        """The position of the first call that is not skipped; the first one if all are."""
        states = self.calls.states
        return (len(states) - len(states.lstrip(_SKIPPED))) % len(states)

    def boardings(self) -> Iterator[tuple[int, int]]:
        """The calls displayed as departures, as (stop row, position). A call that moved to another
        platform is displayed at both. One whose boarding the update removes stays displayed. The
        last call is displayed only if the run is cut short or continues."""
        goes_on = self.cut_short or self.trip.continues
        for position in range(len(self.trip) - (not goes_on)):
            change, scheduled = self.changes.get(position), self.trip.pickup(position)
            pickup = scheduled if change is None or change.pickup is None else change.pickup
            if pickup == NO_PICKUP and scheduled == NO_PICKUP:
                continue
            stop = self.trip.stop(position)
            yield stop, position
            if change is not None and change.stop is not None and change.stop != stop:
                yield change.stop, position


def added_runs_by_id(runs: Mapping[RunKey, Run]) -> Mapping[str, tuple[RunKey, ...]]:
    """The runs outside the timetable by trip id, sorted."""
    found: dict[str, list[RunKey]] = {}
    for key in sorted(key for key in runs if key.trip < 0):
        found.setdefault(runs[key].trip.trip_id, []).append(key)
    return {trip_id: tuple(keys) for trip_id, keys in found.items()}
