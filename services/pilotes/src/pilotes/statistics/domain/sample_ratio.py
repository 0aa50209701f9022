"""Sample ratio mismatch: whether people were assigned to arms with the planned weights.

M. Lindon, A. Malek, "Anytime-valid inference for multinomial count data", arXiv 2011.03567: counts
against a Dirichlet mixture around the planned weights give an anytime-valid e-value. If an
amendment changed the weights, the e-values of the periods are multiplied.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from pilotes.statistics.domain.log_gamma import log_gamma
from pilotes.statistics.domain.quantiles import chi_square_tail
from pilotes.statistics.domain.sums import Floats

ALARM: Final = 0.01
"""The p-value below which there is a mismatch: at most one correct trial in a hundred ever gets
there."""
_CONCENTRATION: Final = 100.0
"""Concentration of the mixture: it is most sensitive to some 5 points of an arm of one half."""


@dataclass(frozen=True, slots=True)
class AllocationPeriod:
    """The people assigned with one set of weights. Both fields have one entry for each arm, in the
    same order."""

    counts: tuple[int, ...]
    """People of the arm."""
    weights: tuple[float, ...]
    """In any unit. An arm of weight 0 should have no people."""


@dataclass(frozen=True, slots=True)
class SampleRatio:
    """The result of a check of the sample ratio."""

    p: float
    """Anytime-valid p-value of "assigned with the planned weights"."""
    once: float
    """The p-value of the chi-square test, for a single look."""
    broken: bool
    """Whether there is a mismatch."""


def log_mismatch_e_value(counts: npt.ArrayLike, weights: npt.ArrayLike) -> Floats:
    """log of the e-value against "assigned with these weights".

    `counts`: people, arms along the last axis. `weights`: one for each arm, above 0, in any unit.
    """
    seen = np.asarray(counts, dtype=np.float64)
    shares = np.asarray(weights, dtype=np.float64)
    shares = shares / shares.sum()
    prior = _CONCENTRATION * shares
    gamma = (_log_gamma_ratio(prior, seen)).sum(axis=-1)
    gamma -= _log_gamma_ratio(np.asarray(_CONCENTRATION), seen.sum(axis=-1))
    return np.asarray(gamma - (seen * np.log(shares)).sum(axis=-1))


def check_sample_ratio(periods: Sequence[AllocationPeriod]) -> SampleRatio:
    """Check all periods together. Without people there is no mismatch; a person on an arm of weight
    0 is one."""
    total, statistic, freedom = 0.0, 0.0, 0
    for period in periods:
        possible = [(c, w) for c, w in zip(period.counts, period.weights, strict=True) if w > 0]
        if sum(period.counts) > sum(count for count, _ in possible):
            return SampleRatio(p=0.0, once=0.0, broken=True)
        n = sum(period.counts)
        if n == 0 or len(possible) < 2:
            continue
        counts, weights = (np.array(each, dtype=np.float64) for each in zip(*possible, strict=True))
        total += float(log_mismatch_e_value(counts, weights))
        expected = n * weights / weights.sum()
        statistic += float(((counts - expected) ** 2 / expected).sum())
        freedom += len(possible) - 1
    p = min(1.0, float(np.exp(-total)))
    once = chi_square_tail(statistic, freedom) if freedom else 1.0
    return SampleRatio(p=p, once=once, broken=p < ALARM)


def _log_gamma_ratio(start: Floats, count: Floats) -> Floats:
    """log(Γ(start + count)/Γ(start)), elementwise."""
    return np.asarray(log_gamma(start + count) - log_gamma(start))
