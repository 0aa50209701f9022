"""The stops near a place, and how to get there: on foot, or by whatever takes so many seconds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from mobilite.timetable.domain.timetable import I32, I64, Bool


@dataclass(frozen=True, slots=True, eq=False)
class AccessTimes:
    """When ways can be used. POSIX seconds of leaving the origin, or of arriving at the
    destination."""

    first: I64
    last: I64


@dataclass(frozen=True, slots=True, eq=False)
class Access:
    """The stops near a place, and the way to each."""

    stops: I32
    """→ stops of the network, each once."""
    seconds: I32
    metres: I32
    """On foot."""
    times: AccessTimes | None = None
    """None: at any time."""

    @staticmethod
    def of(ways: Iterable[tuple[int, int, int]]) -> "Access":
        """From (stop, seconds, metres); of several ways to one stop the shortest counts."""
        shortest: dict[int, tuple[int, int]] = {}
        for stop, seconds, metres in ways:
            shortest[stop] = min((seconds, metres), shortest.get(stop, (seconds, metres)))
        return Access.of_stops(shortest)

    @staticmethod
    def of_stops(ways: Mapping[int, tuple[int, int]]) -> "Access":
        """From the seconds and metres of the way to each stop."""
        rows = np.array([*ways.values()], np.int32).reshape(-1, 2)
        return Access(np.array([*ways], np.int32), rows[:, 0].copy(), rows[:, 1].copy())

    def within(self, metres: int) -> "Access":
        """The stops no further away than that."""
        return self._rows(self.metres <= metres, self.times)

    def at_last(self, until: int) -> "Access":
        """The ways that end before an instant (POSIX seconds), each at its last time only."""
        assert self.times is not None
        last = self.times.last
        return self._rows(last < until, AccessTimes(last, last))

    def at_first(self, after: int) -> "Access":
        """The ways that start after an instant (POSIX seconds), each at its first time only."""
        assert self.times is not None
        first = self.times.first
        return self._rows(first > after, AccessTimes(first, first))

    def way(self, stop: int) -> tuple[int, int]:
        """Seconds and metres of the way to one of the stops."""
        row = self.row_of(stop)
        return int(self.seconds[row]), int(self.metres[row])

    def by_stop(self) -> dict[int, tuple[int, int]]:
        """The ways to all stops."""
        ways = zip(self.seconds.tolist(), self.metres.tolist(), strict=True)
        return dict(zip(self.stops.tolist(), ways, strict=True))

    def row_of(self, stop: int) -> int:
        """The row of one of the stops."""
        return int(np.flatnonzero(self.stops == stop)[0])

    def _rows(self, rows: Bool, times: AccessTimes | None) -> "Access":
        if times is not None:
            times = AccessTimes(times.first[rows], times.last[rows])
        return Access(self.stops[rows], self.seconds[rows], self.metres[rows], times)
