"""Places that were drawn, compared by the means of their people.

People of one place are alike, so that places are the units: each has one number, the mean of its
people, and Student's t with J₁ + J₀ - 2 degrees of freedom compares them (A. Donner, N. Klar,
Design and Analysis of Cluster Randomization Trials, 2000, §7.3). Unlike sandwich errors it keeps
its promise with four places an arm. It is for one look, chosen before the trial.

An error is at least that of people who were drawn one by one. Places whose means happen to be equal
would otherwise seem certain, and what the people of each did could be read from the interval.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Self

import numpy as np
import numpy.typing as npt

from pilotes.statistics.domain.quantiles import student_quantile, student_two_sided
from pilotes.statistics.domain.sums import Floats

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PlaceSums:
    """Sums over the places of one arm, of the means of their people."""

    places: int
    """Places with an outcome."""
    total: float
    """Sum of the means."""
    squares: float
    """Sum of their squares."""
    least: float
    """The variance that the mean of the arm would have if its people were drawn one by one."""

    @classmethod
    def of(cls, outcome: Floats, place: Integers) -> Self:
        """The sums of the people of one arm. `outcome`: of each, NaN without one. `place`: their
        place, from 0 up; -1: unknown, not counted."""
        known = (place >= 0) & ~np.isnan(outcome)
        people, values = place[known], outcome[known]
        many = np.bincount(people)
        total = np.bincount(people, weights=values)
        means = total[many > 0] / many[many > 0]
        least = values.var(ddof=1) / len(values) if len(values) > 1 else 0.0
        return cls(len(means), float(means.sum()), float((means * means).sum()), float(least))

    @property
    def mean(self) -> float:
        """The mean of the places. At least one is needed."""
        return self.total / self.places

    @property
    def deviations(self) -> float:
        """Σ(mean - mean of all)². At least one place is needed."""
        return max(0.0, self.squares - self.total * self.mean)

    @property
    def error(self) -> float:
        """The standard error of the mean. At least two places are needed."""
        return sqrt(max(self.deviations / (self.places - 1) / self.places, self.least))


@dataclass(frozen=True, slots=True)
class PlaceDifference:
    """Arm minus control."""

    estimate: float
    error: float
    """Standard error."""
    low: float
    high: float
    p: float
    """Of "no difference"."""


def place_difference(
    arm: PlaceSums, control: PlaceSums, alpha: float = 0.05
) -> PlaceDifference | None:
    """The difference of two arms, with its interval for one look; None if all outcomes are equal,
    or there are fewer than three places in both arms together."""
    freedom = arm.places + control.places - 2
    if min(arm.places, control.places) == 0 or freedom < 1:
        return None
    variance = (arm.deviations + control.deviations) / freedom
    squared = variance * (1 / arm.places + 1 / control.places)
    error = sqrt(max(squared, arm.least + control.least))
    if error == 0:
        return None
    estimate = arm.mean - control.mean
    half = student_quantile(1 - alpha, freedom) * error
    p = 1 - student_two_sided(abs(estimate) / error, freedom)
    return PlaceDifference(estimate, error, estimate - half, estimate + half, max(0.0, p))
