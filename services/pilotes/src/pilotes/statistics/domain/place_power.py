"""The power of a trial that draws places and is read once (`place_means`).

The mean of a place varies by ρ and, the more the fewer people it has, by the rest. Of sizes with a
gamma distribution the mean of 1/n is 1 / (m(1 - v²)), where m is the mean of n and v its standard
deviation divided by m; of log-normal ones it is less. The bound is Student's; so is the quantile of
the power, which with the estimated error is within a point of the noncentral distribution.
"""

from typing import Final, Literal

from pilotes.statistics.domain.power import POWER, SmallestEffect, smallest_difference
from pilotes.statistics.domain.quantiles import student_quantile

_ALPHA: Final = 0.05


def smallest_place_effect(
    places: int,
    control: int,
    people: float,
    *,
    correlation: float,
    variation: float,
    baseline: float | None = None,
    binary: bool = True,
    direction: Literal["up", "down"] = "up",
    questions: int = 1,
) -> SmallestEffect:
    """The smallest effect that a trial of so many places finds, with one look at its end.

    `places`, `control`: of the arm and of control, at least three together. `people`: of a
    place, with an outcome, on average. `correlation`: how alike they are, from 0 to 1. `variation`:
    the standard deviation of their number, divided by its mean. Others: as for `smallest_effect`.
    """
    freedom = places + control - 2
    drift = student_quantile(1 - _ALPHA / questions, freedom)
    drift += student_quantile(2 * POWER - 1, freedom)
    inverse = min(1.0, 1 / (max(people, 1.0) * max(1 - variation**2, 1e-9)))
    variance = correlation + (1 - correlation) * inverse
    # People drawn one by one who would give the same variance.
    worth = (places / variance, control / variance)
    found = smallest_difference(drift, worth, binary=binary, baseline=baseline, direction=direction)
    return SmallestEffect(found, found, "share" if binary else "deviation", POWER, places * people)
