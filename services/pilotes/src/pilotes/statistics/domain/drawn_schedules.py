"""Places that have the arm at some times and not at others, as drawn: the test and the interval.

The error is that of the draw: every other schedule that it could have given, or many of them, gives
the estimate that it would have had if nobody had an effect. That is exact whatever the outcomes,
the calendar and the likeness of places are. The interval has the effects that are not refused when
they are subtracted, one effect for everybody.
"""

from dataclasses import dataclass
from math import inf, isfinite, sqrt
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from pilotes.statistics.domain.place_means import PlaceDifference
from pilotes.statistics.domain.sums import Floats

Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]

MOST_DRAWS: Final = 1_000
"""Schedules that are compared: all of them if there are no more."""
SEED: Final = 2_007
"""Of the schedules that are compared if there are more: the same at every calculation."""


@dataclass(frozen=True, slots=True, eq=False)
class PlacePeriods:
    """Means of the people of places in periods: places as rows, periods as columns."""

    mean: Floats
    """0 where nobody is."""
    people: Integers
    """With an outcome."""
    variance: float
    """Of the outcomes of all people."""

    @classmethod
    def of(cls, outcome: Floats, place: Integers, period: Integers, shape: tuple[int, int]) -> Self:
        """The means of people. `outcome`: of each, NaN without one. `place`, `period`: of each,
        from 0 up. `shape`: the number of places, and of periods."""
        known = ~np.isnan(outcome)
        cell, values = (place * shape[1] + period)[known], outcome[known]
        many = np.bincount(cell, minlength=shape[0] * shape[1])
        total = np.bincount(cell, weights=values, minlength=len(many))
        mean = np.divide(total, many, out=np.zeros(len(many)), where=many > 0)
        variance = float(values.var(ddof=1)) if len(values) > 1 else 0.0
        return cls(mean.reshape(shape), many.reshape(shape), variance)


@dataclass(frozen=True, slots=True, eq=False)
class ScheduleDraws:
    """The schedules that are compared, the drawn one first, with the weights that each gives the
    means of places in periods."""

    weights: Floats
    """Of each schedule, for its estimate."""
    treated: Booleans
    """Which places had the arm in which periods, as drawn."""
    level: Floats
    """For the level of control, as drawn."""

    def estimates(self, means: Floats) -> Floats:
        """Of each schedule, what it makes of the means of places in periods."""
        return np.asarray(self.weights.reshape(len(self.weights), -1) @ means.ravel())


@dataclass(frozen=True, slots=True)
class ScheduleEstimate:
    """The level of control, and the effect of the arm."""

    level: float
    effect: PlaceDifference
    """Arm minus control; an infinite bound is not known."""


def schedule_estimate(
    cells: PlacePeriods, draws: ScheduleDraws, alpha: float = 0.05
) -> ScheduleEstimate | None:
    """The effect, with the interval and the p-value of the draw; None if all outcomes are equal.
    `draws`: of the same people."""
    if cells.variance == 0:
        return None
    found = draws.estimates(cells.mean)
    estimate = float(found[0])
    # A schedule that gives no estimate counts as if it were as far from zero as the drawn one.
    unknown = np.asarray(~draws.weights.any(axis=(1, 2)))
    slack = 1e-9 * sqrt(cells.variance)
    p = float(np.mean(unknown | (np.abs(found) >= abs(estimate) - slack)))
    of_one = draws.estimates(draws.treated.astype(np.float64))
    low, high = _not_refused(found, of_one, unknown, alpha)
    if p > alpha:
        low, high = min(low, 0.0), max(high, 0.0)
    # At least the error of people drawn one by one: places whose means happen to be equal would
    # otherwise seem certain.
    error = sqrt(
        cells.variance * float((draws.weights[0] ** 2 / np.maximum(cells.people, 1)).sum())
    )
    if isfinite(high - low):
        error = max(error, (high - low) / 4)
    level = float((draws.level * cells.mean).sum())
    return ScheduleEstimate(level, PlaceDifference(estimate, error, low, high, p))


def _not_refused(
    found: Floats, of_one: Floats, unknown: Booleans, alpha: float
) -> tuple[float, float]:
    """The least and the greatest effect that more than `alpha` of the schedules are as far from.

    `of_one`: of each, the estimate if the arm added 1 to everybody. With the effect δ subtracted a
    schedule gives `found` - δ `of_one`, and the drawn one, of which `of_one` is 1, estimate - δ.
    The squares are equal at the roots of a quadratic in δ.
    """
    estimate = found[0]
    curved = 1 - of_one**2
    always = unknown | (curved <= 1e-9)
    always[0] = True
    half = estimate - found * of_one
    root = np.abs(found - estimate * of_one)
    safe = np.where(always, 1.0, curved)
    low = np.where(always, -inf, (half - root) / safe)
    high = np.where(always, inf, (half + root) / safe)
    tolerated = int(alpha * len(found) + 1e-9)
    return float(np.sort(low)[tolerated]), float(np.sort(high)[::-1][tolerated])
