"""Confidence sequences: intervals valid at any number of looks, by Robbins' normal mixture.

For a sum of n independent, identically distributed parts of mean 0 and variance 1, {|S_n| ≥ b(n)
for some n} has probability α at most, asymptotically, with b(n)² = (n + 1/ρ²) log((nρ² + 1)/α²): I.
Waudby-Smith, D. Arbour, R. Sinha, E. H. Kennedy, A. Ramdas, "Time-uniform central limit theory and
asymptotic confidence sequences", arXiv 2103.06476, theorem 2.2. The bound is expressed in standard
errors here: with x = nρ², it is sqrt((1 + x)/x · log((1 + x)/α²)).

ρ is chosen before the first look, so that the interval is narrowest at the planned number (ibid.,
appendix on tuning): x solves x = log(1 + x) - 2 log α there. At 5 % that is 3.04 standard errors,
1.55 times those of a single look.
"""

from functools import lru_cache
from math import log

import numpy as np
import numpy.typing as npt

from pilotes.statistics.domain.sums import Floats


@lru_cache(maxsize=64)
def information_at_plan(alpha: float) -> float:
    """x = nρ² for which the interval is narrowest at the planned number of participants."""
    x = -2 * log(alpha)
    for _ in range(200):
        x = log(1 + x) - 2 * log(alpha)
    return x


def half_width(fraction: npt.ArrayLike, alpha: float, questions: int = 1) -> Floats:
    """Half-width in standard errors. `fraction`: participants so far, over those planned; > 0.

    `questions`: the p-value is multiplied by it. The interval stays tuned to `alpha`.
    """
    x = information_at_plan(alpha) * np.asarray(fraction, dtype=np.float64)
    return np.asarray(np.sqrt((1 + x) / x * np.log((1 + x) * questions**2 / alpha**2)))


def log_e_value(standardised: npt.ArrayLike, fraction: npt.ArrayLike, alpha: float) -> Floats:
    """log of the e-value against "no difference". It is log(1/α) or more if, and only if, the
    interval of level 1 - α excludes 0.

    `standardised`: the estimate over its standard error. `fraction`: as for `half_width`.
    """
    x = information_at_plan(alpha) * np.asarray(fraction, dtype=np.float64)
    z = np.asarray(standardised, dtype=np.float64)
    return np.asarray(z * z * x / (2 * (1 + x)) - np.log1p(x) / 2)


def p_value(log_evidence: npt.ArrayLike) -> Floats:
    """An anytime-valid p-value: 1/e-value, 1 at most. `log_evidence`: log of the e-value."""
    return np.asarray(np.minimum(1.0, np.exp(-np.asarray(log_evidence, dtype=np.float64))))
