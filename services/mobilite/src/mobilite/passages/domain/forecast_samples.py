"""What was forecast for the calls of a run over the last half hour, every half minute."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mobilite.passages.domain.passage import HORIZONS, Forecasts
from mobilite.realtime.domain.propagation import PREDICTED, ResolvedCalls

PERIOD: Final = 30
"""Seconds between two samples."""
_SAMPLES: Final = HORIZONS[-1] * 60 // PERIOD + 4
_NONE: Final = np.int32(-(2**31))


class SampleTimes:
    """The instants of the last samples of a feed. Those of its runs are at the same places."""

    def __init__(self) -> None:
        self._instants: list[int] = []
        """Ascending, the last `_SAMPLES`."""
        self._count = 0

    def is_due(self, now: int) -> bool:
        """Whether `PERIOD` has passed since the last one."""
        return not self._instants or now - self._instants[-1] >= PERIOD

    def add(self, now: int) -> int:
        """A sample at `now`; returns its place."""
        place = self._count % _SAMPLES
        self._instants = [*self._instants[1 - _SAMPLES :], now]
        self._count += 1
        return place

    def find(self, instant: int) -> int | None:
        """The place of the last sample until an instant; None if it is much older, or none."""
        index = bisect_right(self._instants, instant) - 1
        if index < 0 or instant - self._instants[index] >= 2 * PERIOD:
            return None
        return (self._count - len(self._instants) + index) % _SAMPLES


class ForecastSamples:
    """The forecasts of one run, as differences from an instant near the run: 256 bytes a call."""

    __slots__ = ("_base", "_calls", "_last", "_values")

    def __init__(self, base: int, calls: int) -> None:
        self._base = base
        self._values = np.full((_SAMPLES, calls), _NONE, np.int32)
        self._calls: ResolvedCalls | None = None
        self._last: NDArray[np.int32] | None = None

    def add(self, place: int, calls: ResolvedCalls | None) -> None:
        """The forecasts at a sample; None: there is no fresh one."""
        if calls is None:
            self._values[place] = _NONE
            return
        if calls is not self._calls or self._last is None:
            times = np.array((calls.departures[0], *calls.arrivals[1:]), np.int64) - self._base
            predicted = np.frombuffer(calls.states, np.uint8) == PREDICTED
            self._last = np.where(predicted, times, _NONE).astype(np.int32)
            self._calls = calls
        self._values[place] = self._last

    def before(self, position: int, instant: int, times: SampleTimes) -> Forecasts:
        """What was forecast for a call, at each horizon before the instant when it happened."""
        found: Sequence[int | None] = [
            self._at(position, times.find(instant - 60 * minutes)) for minutes in HORIZONS
        ]
        return tuple(found)  # type: ignore[return-value]  # one of each horizon

    def _at(self, position: int, place: int | None) -> int | None:
        value = _NONE if place is None else self._values[place, position]
        return None if value == _NONE else int(value) + self._base
