"""Planned looks: bounds for a few looks that were chosen before the trial.

An error-spending function says how much of the 5 % has been used up at a share of the planned
information: K. K. G. Lan, D. L. DeMets, Biometrika 70, 1983, with the function of the O'Brien-
Fleming type, which spends almost nothing early. A bound follows from the information that a look
really has, so that a look can come late, or not at all.

With several comparisons, the p-value is the smallest level whose bounds are crossed at some look so
far; Holm's method then holds as for one look (Q. Liu, K. M. Anderson, Statistics in Medicine 27,
2008; W. Maurer, F. Bretz, Statistics in Biopharmaceutical Research 5, 2013).

With few people a mean divided by its standard error is not normal. It is compared with Student's
quantile of the same tail, the significance-level method (C. Jennison, B. W. Turnbull, Group
Sequential Methods, 2000, 3.8).
"""

from functools import lru_cache
from math import erf, erfc, inf, pi, sqrt
from typing import Final

import numpy as np

from pilotes.statistics.domain.look_recursion import beyond, followed
from pilotes.statistics.domain.quantiles import (
    normal_quantile,
    student_quantile,
    student_two_sided,
)
from pilotes.statistics.domain.sums import Floats

_FURTHEST: Final = 8.0
"""Standard errors beyond which nothing is expected."""
_LEAST: Final = 1e-12
"""An error below which nothing is spent."""
_HIGHEST_LEVEL: Final = 0.3
"""Levels above it have no p-value of their own: bounds of this type are ordered only below."""
_MOST_FREEDOM: Final = 2_000
"""Degrees of freedom from which Student's distribution is the normal one."""


def used_error(fraction: float, alpha: float) -> float:
    """The two-sided error that may have been used up. `fraction`: of the planned information, > 0;
    1 or more: all of `alpha`."""
    if fraction >= 1:
        return alpha
    return 2 * erfc(-normal_quantile(alpha / 4) / sqrt(2 * fraction))


@lru_cache(maxsize=512)
def look_bounds(
    information: tuple[float, ...], spending: tuple[float, ...], alpha: float
) -> tuple[float, ...]:
    """For each look, the standard errors from which a difference is concluded; infinite if the look
    has nothing to spend.

    `information`: that each look has, in any unit, increasing. `spending`: the share of the planned
    information for which each may spend, 1 for the last one. `alpha`: two-sided.
    """
    found, places, density, former, used = [], np.zeros(1), np.ones(1), 0.0, 0.0
    for now, share in zip(information, spending, strict=True):
        spread = sqrt(now - former)
        bound = _bound(used_error(share, alpha) - used, places, density, spread, sqrt(now))
        if bound < inf:
            used = used_error(share, alpha)
        found.append(bound)
        places, density = followed(places, density, spread, min(bound, _FURTHEST) * sqrt(now))
        former = now
    return tuple(found)


def _bound(error: float, places: Floats, density: Floats, spread: float, scale: float) -> float:
    """The bound, in standard errors, that is crossed with probability `error`. `scale`: standard
    deviation of the sum at this look."""
    if error <= _LEAST:
        return inf
    # The bound of this look alone is too high; from there Newton's method only comes down, since
    # the logarithm of the probability is concave.
    bound = -normal_quantile(error / 2)
    for _ in range(50):
        edge = bound * scale
        crossed = 2 * beyond(places, density, spread, edge)
        slope = 2 * scale * float(density @ np.exp(-(((edge - places) / spread) ** 2) / 2))
        step = crossed * np.log(crossed / error) * spread * sqrt(2 * pi) / slope
        bound += float(step)
        if abs(step) < 1e-10:
            break
    return bound


@lru_cache(maxsize=512)
def sequential_p_value(
    scores: tuple[float, ...], information: tuple[float, ...], spending: tuple[float, ...]
) -> float:
    """The smallest two-sided level at which one of the looks so far concludes, to a relative 1e-4;
    1 if it is above 0.3. Holm's method can be applied to it.

    `scores`: of each look, the difference on the scale of a standard normal variable. The others as
    for `look_bounds`.
    """

    def concludes(level: float) -> bool:
        bounds = look_bounds(information, spending, level)
        return any(abs(score) >= bound for score, bound in zip(scores, bounds, strict=True))

    if not scores or not concludes(_HIGHEST_LEVEL):
        return 1.0
    low, high = 1e-12, _HIGHEST_LEVEL
    while high > low * (1 + 1e-4):
        middle = sqrt(low * high)
        low, high = (low, middle) if concludes(middle) else (middle, high)
    return high


def normal_score(statistic: float, freedom: float) -> float:
    """The standard normal score with the same tail as Student's statistic, 8 at most."""
    if freedom >= _MOST_FREEDOM:
        return statistic
    inside = student_two_sided(abs(statistic), max(1, int(freedom)))
    score = normal_quantile(min((1 + inside) / 2, 1 - 1e-15))
    return score if statistic >= 0 else -score


def student_bound(bound: float, freedom: float) -> float:
    """Student's quantile with the same tail as a bound in standard errors; infinite beyond 8."""
    if bound >= _FURTHEST:
        return inf
    if freedom >= _MOST_FREEDOM:
        return bound
    return student_quantile(erf(bound / sqrt(2)), max(1, int(freedom)))
