"""The accuracy of predictions: how far what was forecast some minutes before differs from what
happened.

The error is the instant of the call less the instant forecast, in seconds: positive if the vehicle
came later than forecast. Of each call that is the arrival; of the first one of a run, the
departure.

A prediction is accurate if its error is within the window of its horizon. Early is worse than late:
who trusts a prediction misses a vehicle that comes before it. The windows of 2, 5 and 10 minutes
are those of the ETA Accuracy Benchmark (github.com/TransitApp/ETA-Accuracy-Benchmark), which ends
at 15 minutes; that of 20 and 30 minutes is of the MBTA's arrival prediction accuracy.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]

HORIZONS: Final = (2, 5, 10, 20, 30)
"""Minutes before the call."""
LARGEST: Final = 3600
"""Seconds of error: a larger one counts as this."""
UNKNOWN: Final = -1
"""Stands for an instant that is not known."""


class Window(NamedTuple):
    """The errors of an accurate prediction, in seconds; both ends are included."""

    early: int
    late: int

    def contains(self, error: Integers) -> NDArray[np.bool_]:
        return (error >= -self.early) & (error <= self.late)


WINDOWS: Final[Mapping[int, Window]] = {
    2: Window(30, 90),
    5: Window(60, 150),
    10: Window(90, 270),
    20: Window(240, 360),
    30: Window(240, 360),
}
"""By horizon."""


class ErrorCounts(NamedTuple):
    """How often each error occurred: arrays of the same length. Those of two days add up by being
    joined."""

    group: Integers
    """What it is of: a line, a day."""
    horizon: Integers
    """Minutes."""
    error: Integers
    """Seconds."""
    calls: Integers
    """How many."""


@dataclass(frozen=True, slots=True)
class Accuracy:
    """The errors at one horizon."""

    horizon: int
    """Minutes before the call."""
    n: int
    """Predictions compared."""
    accurate: float | None
    """The share within the window; None without a prediction, as all of the following."""
    median: int | None
    """Seconds."""
    low: int | None
    """The tenth percentile: nine in ten came later than this."""
    high: int | None
    """The ninetieth percentile."""
    absolute: int | None
    """Nine in ten are off by no more."""


def count_errors(group: Integers, observed: Integers, forecasts: Integers) -> ErrorCounts:
    """The errors of calls. `group`, `observed`: of each call; `forecasts`: [call, horizon]. POSIX
    seconds; `UNKNOWN` where there is none."""
    known = (observed[:, np.newaxis] != UNKNOWN) & (forecasts != UNKNOWN)
    rows, columns = np.nonzero(known)
    error = np.clip(observed[rows] - forecasts[rows, columns], -LARGEST, LARGEST)
    cells = np.stack((group[rows], np.array(HORIZONS, np.int64)[columns], error))
    different, count = np.unique(cells, axis=1, return_counts=True)
    return ErrorCounts(different[0], different[1], different[2], count.astype(np.int64))


def join_counts(*counts: ErrorCounts) -> ErrorCounts:
    """The counts of all of them."""
    return ErrorCounts(*(np.concatenate(columns) for columns in zip(*counts, strict=True)))


def measure_accuracy(counts: ErrorCounts, group: int) -> list[Accuracy]:
    """The accuracy of a group at each horizon."""
    return [
        _at_horizon(horizon, counts, (counts.group == group) & (counts.horizon == horizon))
        for horizon in HORIZONS
    ]


def _at_horizon(horizon: int, counts: ErrorCounts, rows: NDArray[np.bool_]) -> Accuracy:
    error, count = counts.error[rows], counts.calls[rows]
    n = int(count.sum())
    if not n:
        return Accuracy(horizon, 0, None, None, None, None, None)
    accurate = int(count[WINDOWS[horizon].contains(error)].sum())
    return Accuracy(
        horizon,
        n,
        accurate / n,
        _percentile(error, count, 50),
        _percentile(error, count, 10),
        _percentile(error, count, 90),
        _percentile(np.abs(error), count, 90),
    )


def _percentile(values: Integers, count: Integers, percent: int) -> int:
    """The least value that at least so many percent do not exceed (the nearest rank)."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(count[order])
    rank = -(-percent * int(reached[-1]) // 100)
    return int(values[order][np.searchsorted(reached, rank)])
