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

from mobilite.realtime.domain.trip_update import StopTimeUpdate

UNKNOWN: Final = 0
PREDICTED: Final = 1
SKIPPED: Final = 2
CANCELLED: Final = 3
_LONG_AGO: Final = -(2**62)


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
    states, events = bytearray(len(arrivals)), _Events()
    delay = trip_delay
    for position, arrival in enumerate(arrivals):
        departure, update = departures[position], updates.get(position)
        told_arrival = told_departure = None
        if update is not None:
            if update.relationship == "SKIPPED":
                states[position] = SKIPPED
            elif update.relationship == "NO_DATA":
                delay = None
            else:
                if update.arrival is not None:
                    told_arrival = update.arrival.predicted(arrival)
                if update.departure is not None:
                    told_departure = update.departure.predicted(departure)
        if told_arrival is not None:
            delay = events.tell(told_arrival) - arrival
        elif delay is None and told_departure is not None:
            events.infer(arrival + told_departure - departure)
        else:
            events.infer(arrival + (delay or 0))
        if told_departure is not None:
            delay = events.tell(told_departure) - departure
        else:
            events.infer(departure + (delay or 0))
        if delay is not None and states[position] != SKIPPED:
            states[position] = PREDICTED
    times = events.monotone()
    return Resolved(bytes(states), tuple(times[::2]), tuple(times[1::2]))


def cancelled(arrivals: Sequence[int], departures: Sequence[int]) -> Resolved:
    """A run that does not run: its schedule, every call cancelled, whatever its stops say."""
    return Resolved(bytes([CANCELLED]) * len(arrivals), tuple(arrivals), tuple(departures))


class _Events:
    """Arrivals and departures in turn, told or inferred, made monotone in two passes."""

    __slots__ = ("_inferred", "_last", "_last_told", "_times")

    def __init__(self) -> None:
        self._times: list[int] = []
        self._inferred: list[int] = []
        self._last = self._last_told = _LONG_AGO

    def tell(self, time: int) -> int:
        """Add a time told; return it, or the one told before where that is later."""
        if time < self._last_told:
            time = self._last_told
        self._last_told = self._last = time
        self._times.append(time)
        return time

    def infer(self, time: int) -> None:
        """Add a time nobody tells: never before the one before it."""
        if time < self._last:
            time = self._last
        self._last = time
        self._inferred.append(len(self._times))
        self._times.append(time)

    def monotone(self) -> list[int]:
        """The times, inferred ones held down to the next predicted one."""
        times = self._times
        for index in reversed(self._inferred):
            if index + 1 < len(times) and times[index] > times[index + 1]:
                times[index] = times[index + 1]
        return times
