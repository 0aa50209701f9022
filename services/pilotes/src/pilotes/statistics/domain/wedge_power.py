"""The power of a stepped wedge that is read once, at its end (`wedge`).

The variance is that of the estimate, from the places of each date and the people of each place in
each period. Uneven places count as in `place_power`, and so do Student's quantiles, of two degrees
of freedom less than there are places: the test compares divisions of these.
"""

from collections.abc import Sequence
from typing import Final, Literal

from pilotes.statistics.domain.power import POWER, SmallestEffect, Unit, smallest_difference
from pilotes.statistics.domain.quantiles import student_quantile
from pilotes.statistics.domain.wedge import division_count, wedge_weights

_ALPHA: Final = 0.05


def smallest_wedge_effect(
    places: Sequence[int],
    people: float,
    *,
    correlation: float,
    variation: float,
    baseline: float | None = None,
    binary: bool = True,
    direction: Literal["up", "down"] = "up",
    questions: int = 1,
) -> SmallestEffect:
    """The smallest effect that such a trial finds.

    `places`: that switch at each of the dates, two or more. `people`: of one place in one period,
    with an outcome, on average. Others: as for `smallest_place_effect`.
    """
    unit: Unit = "share" if binary else "deviation"
    total = people * sum(places) * (len(places) + 1)
    even = max(1.0, people * (1 - variation**2))
    found = wedge_weights(places, even, correlation=correlation)
    # With fewer divisions none is rare enough, whatever the effect is.
    if found is None or _ALPHA / questions * division_count(places) < 1:
        return SmallestEffect(None, None, unit, POWER, total / 2)
    freedom = sum(places) - 2
    drift = student_quantile(1 - _ALPHA / questions, freedom)
    drift += student_quantile(2 * POWER - 1, freedom)
    # People drawn one by one, half of them on each arm, who would give the same variance.
    worth = 2 / found.variance
    smallest = smallest_difference(
        drift, (worth, worth), binary=binary, baseline=baseline, direction=direction
    )
    return SmallestEffect(smallest, smallest, unit, POWER, total / 2)
