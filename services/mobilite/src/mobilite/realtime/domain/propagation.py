"""Propagates the predictions of some stops to every stop of the run.

    1. A stop before the first update is unknown, not on time; so is a trip without an update.
    2. A delay propagates to later stops, over SKIPPED ones (which have none), until the next
       update with its own. NO_DATA ends it: the stops after it are unknown too.
    3. `time` takes precedence over `delay`; if only `time` is given the delay is derived. The
       trip's own delay applies until the first stop with its own.
    4. A past stop whose update was dropped is a stop before the first update: its scheduled time
       is used. Nothing propagates backwards, except that times never go back along the run.

Pure: the result does not depend on the current instant.
https://gtfs.org/documentation/realtime/feed-entities/trip-updates/
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mobilite.realtime.domain.trip_update import StopTimeUpdate

UNKNOWN: Final = 0
PREDICTED: Final = 1
SKIPPED: Final = 2
CANCELLED: Final = 3
"""The states of a call."""
_LONG_AGO: Final = -(2**62)


@dataclass(frozen=True, slots=True)
class ResolvedCalls:
    """The states and times of the calls of a run.

    Times never go back from `arrivals[i]` to `departures[i]` to `arrivals[i + 1]`. At an UNKNOWN,
    SKIPPED or CANCELLED call they are scheduled or inferred times, and not displayed.
    """

    states: bytes
    """One byte per call: UNKNOWN, PREDICTED, SKIPPED or CANCELLED."""
    arrivals: tuple[int, ...]
    """POSIX seconds, one per call; so are the departures."""
    departures: tuple[int, ...]


def propagate(
    arrivals: Sequence[int],
    departures: Sequence[int],
    updates: Mapping[int, StopTimeUpdate],
    trip_delay: int | None = None,
) -> ResolvedCalls:
    """Resolve a run. `arrivals`, `departures`: scheduled, in POSIX seconds, one per call.
    `updates`: by position of the call. `trip_delay`: in seconds. A prediction before that of an
    earlier stop is replaced by it; an inferred time after the next predicted one too."""
    states, events = bytearray(len(arrivals)), _Events()
    delay = trip_delay
    for position, arrival in enumerate(arrivals):
        departure, update = departures[position], updates.get(position)
        predicted_arrival = predicted_departure = None
        if update is not None:
            if update.relationship == "SKIPPED":
                states[position] = SKIPPED
            elif update.relationship == "NO_DATA":
                delay = None
            else:
                if update.arrival is not None:
                    predicted_arrival = update.arrival.predicted(arrival)
                if update.departure is not None:
                    predicted_departure = update.departure.predicted(departure)
        if predicted_arrival is not None:
            delay = events.add(predicted_arrival) - arrival
        # The first prediction of the run is this departure: the arrival deviates as much.
        elif delay is None and predicted_departure is not None:
            events.infer(arrival + predicted_departure - departure)
        else:
            events.infer(arrival + (delay or 0))
        if predicted_departure is not None:
            delay = events.add(predicted_departure) - departure
        else:
            events.infer(departure + (delay or 0))
        if delay is not None and states[position] != SKIPPED:
            states[position] = PREDICTED
    times = events.monotone()
    return ResolvedCalls(bytes(states), tuple(times[::2]), tuple(times[1::2]))


def cancelled(arrivals: Sequence[int], departures: Sequence[int]) -> ResolvedCalls:
    """A cancelled run: its schedule, with every call cancelled."""
    return ResolvedCalls(bytes([CANCELLED]) * len(arrivals), tuple(arrivals), tuple(departures))


class _Events:
    """Arrivals and departures alternately, predicted or inferred, made monotone in two passes."""

    __slots__ = ("_inferred", "_last", "_last_predicted", "_times")

    def __init__(self) -> None:
        self._times: list[int] = []
        self._inferred: list[int] = []
        self._last = self._last_predicted = _LONG_AGO

    def add(self, time: int) -> int:
        """Add a predicted time; returns it, or the previous predicted one if that is later."""
        if time < self._last_predicted:
            time = self._last_predicted
        self._last_predicted = self._last = time
        self._times.append(time)
        return time

    def infer(self, time: int) -> None:
        """Add an inferred time: never before the previous one."""
        if time < self._last:
            time = self._last
        self._last = time
        self._inferred.append(len(self._times))
        self._times.append(time)

    def monotone(self) -> list[int]:
        """The times; inferred ones are limited by the next predicted one."""
        times = self._times
        for index in reversed(self._inferred):
            if index + 1 < len(times) and times[index] > times[index + 1]:
                times[index] = times[index + 1]
        return times
