"""The power of a switchback that is read once, at its end (`switchback`).

Student's quantiles have one degree of freedom less than there are pairs of blocks. Uneven blocks
count as uneven places do in `place_power`.
"""

from typing import Final, Literal

import numpy as np

from pilotes.statistics.domain.power import POWER, SmallestEffect, Unit, smallest_difference
from pilotes.statistics.domain.quantiles import student_quantile
from pilotes.statistics.domain.switchback import pair_variance

_ALPHA: Final = 0.05


def smallest_switchback_effect(
    pairs: int,
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

    `pairs`: of blocks, of all places together, two at least. `people`: of one block of a place,
    with an outcome, on average. Others: as for `smallest_place_effect`.
    """
    unit: Unit = "share" if binary else "deviation"
    # With fewer orders of the blocks none is rare enough, whatever the effect is.
    if pairs < 2 or _ALPHA / questions * 2**pairs < 2:
        return SmallestEffect(None, None, unit, POWER, people * pairs)
    even = max(1.0, people * (1 - variation**2))
    variance = float(pair_variance(np.asarray(2 / even), correlation)) / pairs
    drift = student_quantile(1 - _ALPHA / questions, pairs - 1)
    drift += student_quantile(2 * POWER - 1, pairs - 1)
    # People drawn one by one, half of them on each arm, who would give the same variance.
    worth = 2 / variance
    smallest = smallest_difference(
        drift, (worth, worth), binary=binary, baseline=baseline, direction=direction
    )
    return SmallestEffect(smallest, smallest, unit, POWER, people * pairs)
