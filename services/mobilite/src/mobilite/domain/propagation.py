"""From what an operator says of some stops to what is known of every stop of the run.

    1. A stop before the first update is unknown, not on time; so is a trip without any word.
    2. A delay propagates to later stops, over SKIPPED ones (which carry none), until the next
       update with its own. NO_DATA ends it and itself propagates.
    3. `time` wins over `delay`; where only `time` is given the delay to propagate is derived. The
       trip's own delay holds until the first stop with its own.
    4. A past stop whose update was dropped is a stop before the first update: its schedule stands.
       Nothing propagates backwards, except that times never go back along the run.

Pure: nothing depends on the current instant, and the same words give the same result.
https://gtfs.org/documentation/realtime/feed-entities/trip-updates/
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mobilite.domain.trip_update import StopTimeEvent, StopTimeUpdate

UNKNOWN: Final = 0
PREDICTED: Final = 1
SKIPPED: Final = 2
CANCELLED: Final = 3


@dataclass(frozen=True, slots=True)
class Resolved:
    """A run's calls: `states` one of the codes above each; times in POSIX seconds.

    Times never go back from `arrivals[i]` to `departures[i]` to `arrivals[i + 1]`. At an UNKNOWN,
    SKIPPED or CANCELLED call they are only what a vehicle passing there would keep to: no
    traveller is told them.
    """

    states: bytes
    arrivals: tuple[int, ...]
    departures: tuple[int, ...]


def propagate(
    arrivals: Sequence[int],
    departures: Sequence[int],
    updates: Mapping[int, StopTimeUpdate],
    trip_delay: int | None = None,
) -> Resolved:
    """Resolve a run from its scheduled times (POSIX seconds) and its updates by call position.

    Where predictions contradict each other along the run, the earlier stop's stands; an inferred
    time gives way to a predicted one.
    """
    states = bytearray(len(arrivals))
    events = _Events()
    delay = trip_delay
    for position, (arrival, departure) in enumerate(zip(arrivals, departures, strict=True)):
        update = updates.get(position)
        relationship = "SCHEDULED" if update is None else update.relationship
        told_arrival = told_departure = None
        if relationship == "NO_DATA":
            delay = None
        elif relationship == "SKIPPED":
            states[position] = SKIPPED
        elif update is not None:
            told_arrival = _predicted(update.arrival, arrival)
            told_departure = _predicted(update.departure, departure)
        delay = events.add_call(arrival, departure, told_arrival, told_departure, delay)
        if delay is not None and states[position] != SKIPPED:
            states[position] = PREDICTED
    times = events.monotone()
    return Resolved(bytes(states), tuple(times[::2]), tuple(times[1::2]))


def cancelled(arrivals: Sequence[int], departures: Sequence[int]) -> Resolved:
    """A run that does not run: its schedule, every call cancelled, whatever its stops say."""
    return Resolved(bytes([CANCELLED]) * len(arrivals), tuple(arrivals), tuple(departures))


def _predicted(event: StopTimeEvent | None, scheduled: int) -> int | None:
    return None if event is None else event.predicted(scheduled)


class _Events:
    """Arrivals and departures in turn, told or inferred, made monotone in two passes."""

    __slots__ = ("_last", "_last_told", "_times", "_told")

    def __init__(self) -> None:
        self._times: list[int] = []
        self._told: list[bool] = []
        self._last: int | None = None
        self._last_told: int | None = None

    def add_call(
        self,
        arrival: int,
        departure: int,
        told_arrival: int | None,
        told_departure: int | None,
        delay: int | None,
    ) -> int | None:
        """Add one call and return the delay that propagates from it (None: unknown)."""
        if told_arrival is not None:
            delay = self._add_told(told_arrival) - arrival
        elif delay is None and told_departure is not None:
            self._add_inferred(arrival + told_departure - departure)
        else:
            self._add_inferred(arrival + (delay or 0))
        if told_departure is not None:
            return self._add_told(told_departure) - departure
        self._add_inferred(departure + (delay or 0))
        return delay

    def _add_told(self, time: int) -> int:
        if self._last_told is not None and time < self._last_told:
            time = self._last_told
        self._last_told = self._last = time
        self._times.append(time)
        self._told.append(True)
        return time

    def _add_inferred(self, time: int) -> None:
        if self._last is not None and time < self._last:
            time = self._last
        self._last = time
        self._times.append(time)
        self._told.append(False)

    def monotone(self) -> list[int]:
        """The times, inferred ones held down to the next predicted one."""
        times = self._times
        for index in range(len(times) - 2, -1, -1):
            if times[index] > times[index + 1] and not self._told[index]:
                times[index] = times[index + 1]
        return times
