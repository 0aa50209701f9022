"""The ratio of two sums over people, as uses that succeeded to uses: ΣY/ΣD.

The participant is the unit, so that somebody with many uses counts as one draw. By the delta
method, Var(R) = Var(Y - R·D)/(n·d̄²): A. Deng, U. Knoblich, J. Lu, KDD 2018 (arXiv 1803.06336). The
ratio is then asymptotically a mean of independent parts, and confidence sequences hold for it as
for other means. In `Sums`, D is x, which is known for everybody.
"""

from math import sqrt
from typing import Final

import numpy as np

from pilotes.statistics.domain.difference import (
    ALPHA,
    Difference,
    difference_of_means,
    fewest_people,
    is_uneven,
)
from pilotes.statistics.domain.levels import Interval
from pilotes.statistics.domain.quantiles import student_quantile
from pilotes.statistics.domain.sums import Floats, Sums

_MOST_DOUBT: Final = 0.2
"""The relative standard error of an arm's mean denominator above which there is no estimate: a
ratio is close to a mean only where its denominator is known."""


def ratio_difference(
    arm: Sums,
    control: Sums,
    *,
    planned: float,
    design_effect: float = 1.0,
    alpha: float = ALPHA,
) -> Difference:
    """The difference between the ratios of two arms. Arguments as for `difference`."""
    both = arm + control
    with np.errstate(divide="ignore", invalid="ignore"):
        pooled = _residual_variance(both)
        least = np.where(is_uneven(arm.n, control.n), pooled, 0.0)
        variances = [
            np.maximum(((each.n - 1) * _residual_variance(each) + 2 * pooled) / (each.n + 1), least)
            * (each.n / each.x) ** 2
            for each in (arm, control)
        ]
        estimate = np.asarray(arm.y / arm.x - control.y / control.x)
        known = [_doubt(each) <= _MOST_DOUBT for each in (arm, control)]
    fewest = fewest_people(arm.n, control.n, binary=False)
    return difference_of_means(
        estimate,
        (variances[0], variances[1]),
        (arm.n, control.n),
        enough=(np.minimum(arm.n, control.n) >= fewest) & known[0] & known[1],
        planned=planned,
        design_effect=design_effect,
        alpha=alpha,
    )


def ratio_once(sums: Sums, alpha: float = ALPHA) -> Interval:
    """The ratio of one arm, with Student's interval, for a single look. At least two people, and a
    denominator above 0."""
    n = float(sums.n)
    ratio = float(sums.y / sums.x)
    deviation = sqrt(float(_residual_variance(sums))) * n / float(sums.x)
    half = student_quantile(1 - alpha, int(n) - 1) * deviation / sqrt(n)
    return Interval(ratio, ratio - half, ratio + half)


def _residual_variance(each: Sums) -> Floats:
    """The unbiased variance of Y - R·D; its mean is 0."""
    ratio = each.y / each.x
    squares = each.yy - 2 * ratio * each.xy + ratio**2 * each.xx
    return np.asarray(np.maximum(squares, 0.0) / (each.n - 1))


def _doubt(each: Sums) -> Floats:
    """The standard error of the mean denominator, over that mean."""
    variance = np.maximum(each.xx - each.x**2 / each.n, 0.0) / (each.n - 1)
    return np.asarray(np.sqrt(variance * each.n) / each.x)
