"""Where a run is among its calls, by its predictions and its vehicle."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mobilite.realtime.domain.run_calls import RunCall

Status = Literal["upcoming", "running", "completed", "cancelled"]
_NOT_SERVED = ("skipped", "cancelled")


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a run at one instant."""

    status: Status
    previous: RunCall | None = None
    """The last call that it has made; None before the first."""
    next: RunCall | None = None
    """The call that it is at, or makes next; None after the last."""


def progress_of(calls: Sequence[RunCall], *, now: int, vehicle_at: int | None = None) -> Progress:
    """The progress of a run at `now` (POSIX seconds). `vehicle_at`: the position of the call that
    its vehicle is at or going to; None: unknown, so that only the times count.

    Calls that it does not make are left out.
    """
    served = [call for call in calls if call.state not in _NOT_SERVED]
    if not served:
        return Progress("cancelled")
    place = _place(served, now)
    seen = [n for n, call in enumerate(served) if call.position == vehicle_at]
    if seen and vehicle_at is not None and vehicle_at >= 0:
        place = seen[0]
    previous = served[place - 1] if place else None
    if place == len(served):
        return Progress("completed", previous)
    started = place > 0 or departure_of(served[0]) <= now
    return Progress("running" if started else "upcoming", previous, served[place])


def departure_of(call: RunCall) -> int:
    """When a run leaves a call: as predicted, else as scheduled. POSIX seconds."""
    return call.departure if call.predicted_departure is None else call.predicted_departure


def arrival_of(call: RunCall) -> int:
    """When a run arrives at a call: as predicted, else as scheduled. POSIX seconds."""
    return call.arrival if call.predicted_arrival is None else call.predicted_arrival


def _place(served: Sequence[RunCall], now: int) -> int:
    """How many of these calls are over; the last one is when the run arrives."""
    last = len(served) - 1
    over = (
        n + 1
        for n, call in enumerate(served)
        if (arrival_of(call) if n == last else departure_of(call)) < now
    )
    return max(over, default=0)
