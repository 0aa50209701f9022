"""Tails of the normal, Student's and chi-square distributions, in closed form with NumPy alone.

Student's and the chi-square distribution have finite sums where the degrees of freedom are integers
(Abramowitz & Stegun 1964, 26.4.4, 26.4.5, 26.7.3 and 26.7.4).
"""

from functools import lru_cache
from math import atan, cos, erfc, exp, pi, sin, sqrt
from statistics import NormalDist
from typing import Final

import numpy as np

_NORMAL: Final = NormalDist()
_FURTHEST: Final = 1e6
"""Where the search for a quantile ends."""


def normal_quantile(share: float) -> float:
    """z with P(Z ≤ z) = `share`, 0 < share < 1."""
    return _NORMAL.inv_cdf(share)


def student_two_sided(t: float, freedom: int) -> float:
    """P(|T| ≤ t) for t ≥ 0 and `freedom` ≥ 1."""
    angle = atan(t / sqrt(freedom))
    total = 1.0 if freedom % 2 == 0 else cos(angle)
    steps = np.arange(2 if freedom % 2 else 1, freedom - 2, 2)
    total += total * float(np.cumprod(steps / (steps + 1) * cos(angle) ** 2).sum())
    if freedom % 2 == 0:
        return sin(angle) * total
    return 2 / pi * (angle + (sin(angle) * total if freedom > 1 else 0.0))


@lru_cache(maxsize=4096)
def student_quantile(confidence: float, freedom: int) -> float:
    """t with P(|T| ≤ t) = `confidence`, to a relative 1e-9; 2²⁰ if it is greater."""
    low, high = 0.0, 2.0
    while student_two_sided(high, freedom) < confidence and high < _FURTHEST:
        high *= 2
    while high - low > 1e-9 * high:
        middle = (low + high) / 2
        if student_two_sided(middle, freedom) < confidence:
            low = middle
        else:
            high = middle
    return high


def chi_square_tail(value: float, freedom: int) -> float:
    """P(X ≥ value) for `freedom` ≥ 1."""
    half = value / 2
    if freedom % 2 == 0:
        term = total = 1.0
        for step in range(1, freedom // 2):
            term *= half / step
            total += term
        return min(1.0, exp(-half) * total)
    term, total = sqrt(value) * sqrt(2 / pi) * exp(-half), 0.0
    for step in range(1, freedom, 2):
        total += term
        term *= value / (step + 2)
    return min(1.0, erfc(sqrt(half)) + total)
