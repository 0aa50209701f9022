"""The regularity of frequent lines: how much longer travellers wait than the timetable promises.

Where a line is frequent, people come without looking at the timetable. Whoever comes at any moment
waits, on average, half of the gaps weighted by their length:

    wait = Σ gap² / (2 · Σ gap)      excess waiting time = wait of what ran − wait of the timetable

This is the definition that Transport for London publishes for its frequent routes. A gap is between
two departures of one line and direction at one stop of one service day, the last stop excluded. It
belongs to the run that ends it, and to the hour of that run's scheduled departure.

- A cancelled run, or a stop not served, leaves a long gap: travellers did wait. Those known before
  four o'clock on the day before were not promised: they are no part of the timetable.
- Vehicles that come at once leave a gap of 0 between them: it is as irregular as a gap can be.
- A call that was not observed leaves no gap: nobody knows. Both gaps around it are left out, of
  what ran and of the timetable.
- An added run shortens a gap.

An hour of a line at a stop is frequent if its scheduled gaps are `FREQUENT` seconds or less on
average, and at least `LEAST_GAPS` of them.
"""

from dataclasses import dataclass, fields
from typing import Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

FREQUENT: Final = 15 * 60
"""Seconds between two scheduled departures, on average, up to which an hour is frequent."""
LEAST_GAPS: Final = 3
"""Scheduled gaps of an hour without which it is not called frequent: two buses are no service."""
REGULAR: Final = (0.5, 1.5)
"""A gap is regular within these multiples of the scheduled one, both included."""
UNKNOWN: Final = -1
"""Stands for an instant that is not known."""


class Departures(NamedTuple):
    """The departures of one service day, in any order: arrays of the same length."""

    pole: Integers
    """One number for each line, direction and stop."""
    hour: Integers
    """The local hour of the scheduled departure."""
    scheduled: Integers
    """POSIX seconds; `UNKNOWN`: of a run outside the timetable."""
    observed: Integers
    """POSIX seconds; `UNKNOWN`: it was not observed, or did not happen."""
    missed: Flags
    """Whether it is known not to have happened: cancelled or not served."""


class Gaps(NamedTuple):
    """The gaps that departures end, for each departure. 0: none that counts."""

    frequent: Flags
    """Whether it is in a frequent hour of its pole."""
    expected: Flags
    """Whether it ends a gap that could be observed: scheduled in a frequent hour, not missed."""
    scheduled: Integers
    """Seconds of the scheduled gap, where both ends of it are between observed departures."""
    actual: Integers
    """Seconds of the gap that was observed; also 0 where two come at once."""
    planned: Integers
    """Seconds of the scheduled gap that `actual` is compared with; 0: with none."""


@dataclass(frozen=True, slots=True)
class GapSums:
    """What the figures follow from. Sums of two sets of departures add up."""

    frequent: int = 0
    """Departures in frequent hours."""
    expected: int = 0
    """Gaps that could be observed."""
    scheduled_sum: int = 0
    scheduled_squares: int = 0
    actual_sum: int = 0
    actual_squares: int = 0
    compared: int = 0
    """Gaps that were observed, and have a scheduled one to compare them with."""
    regular: int = 0

    def __add__(self, other: Self) -> "GapSums":
        names = [each.name for each in fields(self)]
        return GapSums(*(getattr(self, name) + getattr(other, name) for name in names))

    @property
    def scheduled_wait(self) -> float | None:
        """The average wait by the timetable, in seconds."""
        return _wait(self.scheduled_sum, self.scheduled_squares)

    @property
    def actual_wait(self) -> float | None:
        """The average wait of what ran, in seconds."""
        return _wait(self.actual_sum, self.actual_squares)

    @property
    def excess_wait(self) -> float | None:
        """The excess waiting time, in seconds."""
        if self.actual_wait is None or self.scheduled_wait is None:
            return None
        return self.actual_wait - self.scheduled_wait

    @property
    def regular_share(self) -> float | None:
        return self.regular / self.compared if self.compared else None

    @property
    def coverage(self) -> float | None:
        """The share of gaps that were observed, of those that could be."""
        return self.compared / self.expected if self.expected else None


def _wait(total: int, squares: int) -> float | None:
    return squares / (2 * total) if total else None


def find_gaps(departures: Departures) -> Gaps:
    """The gaps of a service day."""
    size = len(departures.pole)
    # Runs of one time stand in the order in which they came: that of the rows must not matter.
    keys = (departures.missed, departures.observed, departures.scheduled, departures.pole)
    order = np.lexsort(keys)
    order = order[departures.scheduled[order] != UNKNOWN]
    planned = np.zeros(size, np.int64)
    follows = _same(departures.pole[order])
    planned[order] = np.where(follows, np.diff(departures.scheduled[order], prepend=0), 0)
    later = np.zeros(size, np.bool_)
    later[order] = follows
    frequent = _frequent(departures, planned, later)
    stretch = _stretches(departures, order)
    inside = _between_observed(departures, order, stretch) & frequent & later
    actual, compared = _actual(departures, stretch, frequent)
    return Gaps(
        frequent,
        expected=frequent & later & ~departures.missed & (planned > 0),
        scheduled=np.where(inside, planned, 0),
        actual=actual,
        planned=np.where(compared, planned, 0),
    )


def sum_gaps(gaps: Gaps, group: Integers, size: int) -> list[GapSums]:
    """The sums of each group. `group`: that of each departure, from 0 to `size` - 1."""
    compared = gaps.planned > 0
    ratio = gaps.actual / np.where(compared, gaps.planned, 1)
    regular = compared & (ratio >= REGULAR[0]) & (ratio <= REGULAR[1])
    columns = (
        gaps.frequent,
        gaps.expected,
        gaps.scheduled,
        gaps.scheduled**2,
        gaps.actual,
        gaps.actual**2,
        compared,
        regular,
    )
    sums = np.zeros((len(columns), size), np.int64)
    for row, column in enumerate(columns):
        np.add.at(sums[row], group, column.astype(np.int64))
    return [GapSums(*(int(each) for each in sums[:, index])) for index in range(size)]


def _same(values: Integers) -> Flags:
    """For each value, whether the one before it is the same."""
    same = np.zeros(len(values), np.bool_)
    same[1:] = values[1:] == values[:-1]
    return same


def _frequent(departures: Departures, planned: Integers, later: Flags) -> Flags:
    """Whether each departure is in a frequent hour."""
    hours = np.stack((departures.pole, departures.hour))
    _, cell = np.unique(hours, axis=1, return_inverse=True)
    cell = cell.reshape(-1)
    count = np.bincount(cell, later)
    total = np.bincount(cell, planned)
    often = (count >= LEAST_GAPS) & (total <= FREQUENT * count)
    frequent: Flags = often[cell] & (departures.scheduled != UNKNOWN)
    return frequent


def _stretches(departures: Departures, order: Integers) -> Integers:
    """For each scheduled departure, the number of its stretch: those of one pole in a row of which
    it is known what became. -1: it is not known, or the run is outside the timetable."""
    unknown = (departures.observed[order] == UNKNOWN) & ~departures.missed[order]
    stretch = np.full(len(departures.pole), -1)
    stretch[order] = np.where(unknown, -1, np.cumsum(~_same(departures.pole[order]) | unknown))
    return stretch


def _between_observed(departures: Departures, order: Integers, stretch: Integers) -> Flags:
    """Whether a departure is after the first observed one of its stretch, and no later than the
    last: missed runs at its ends have no gap to compare them with."""
    rank = np.empty(len(stretch), np.int64)
    rank[order] = np.arange(len(order))
    seen = order[(departures.observed[order] != UNKNOWN) & (stretch[order] >= 0)]
    size = int(stretch.max(initial=0)) + 1
    first, last = np.full(size, len(stretch)), np.full(size, -1)
    np.minimum.at(first, stretch[seen], rank[seen])
    np.maximum.at(last, stretch[seen], rank[seen])
    inside = np.zeros(len(stretch), np.bool_)
    rows = order[stretch[order] >= 0]
    inside[rows] = (rank[rows] > first[stretch[rows]]) & (rank[rows] <= last[stretch[rows]])
    return inside


def _actual(departures: Departures, stretch: Integers, frequent: Flags) -> tuple[Integers, Flags]:
    """The gap that each observed departure ends, 0 for none; whether it can be compared."""
    order = np.lexsort((departures.scheduled, departures.observed, departures.pole))
    order = order[departures.observed[order] != UNKNOWN]
    pole, planned = departures.pole[order], departures.scheduled[order] != UNKNOWN
    index = np.arange(len(order))
    before = np.maximum.accumulate(np.where(planned, index, -1))
    after = np.minimum.accumulate(np.where(planned, index, len(order))[::-1])[::-1]
    own = stretch[order]
    known = (before >= 0) & (after < len(order))
    left, right = np.clip(before, 0, None), np.clip(after, None, len(order) - 1)
    # An added run is in a stretch if the scheduled ones around it are in the same.
    around = known & (own[left] == own[right]) & (pole[left] == pole) & (pole[right] == pole)
    of = np.where(planned, own, np.where(around, own[left], -1))
    valid = _same(pole) & _same(of) & (of >= 0) & frequent[order][right]
    actual = np.zeros(len(departures.pole), np.int64)
    actual[order] = np.where(valid, np.diff(departures.observed[order], prepend=0), 0)
    compared = np.zeros(len(departures.pole), np.bool_)
    compared[order] = valid & planned
    return actual, compared
