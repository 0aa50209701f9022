"""Sample ratio mismatch: whether people were drawn with the planned weights.

M. Lindon, A. Malek, "Anytime-valid inference for multinomial count data", arXiv 2011.03567: counts
against a Dirichlet mixture around the planned weights give an anytime-valid e-value. Where an
amendment changed the weights, the e-values of the stretches multiply.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from pilotes.statistics.domain.quantiles import chi_square_tail
from pilotes.statistics.domain.sums import Floats

ALARM: Final = 0.01
"""At most one sound trial in a hundred is ever called broken."""
_CONCENTRATION: Final = 100.0
"""Concentration of the mixture: it is most sensitive to some 5 points of an arm of one half."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """People drawn under one set of weights, arm by arm in one order."""

    counts: tuple[int, ...]
    weights: tuple[float, ...]
    """Any unit; an arm of weight 0 should have nobody."""


@dataclass(frozen=True, slots=True)
class SampleRatio:
    """`p` is anytime-valid; `once` is the p-value of the chi-square test."""

    p: float
    once: float
    broken: bool


def log_mismatch_e_value(counts: npt.ArrayLike, weights: npt.ArrayLike) -> Floats:
    """log of the e-value against "drawn by these weights". `counts`: … × arms."""
    seen = np.asarray(counts, dtype=np.float64)
    shares = np.asarray(weights, dtype=np.float64)
    shares = shares / shares.sum()
    prior = _CONCENTRATION * shares
    gamma = (_log_gamma_ratio(prior, seen)).sum(axis=-1)
    gamma -= _log_gamma_ratio(np.asarray(_CONCENTRATION), seen.sum(axis=-1))
    return np.asarray(gamma - (seen * np.log(shares)).sum(axis=-1))


def check_sample_ratio(stretches: Sequence[Stretch]) -> SampleRatio:
    """All stretches together. Without people nothing is broken."""
    total, statistic, freedom = 0.0, 0.0, 0
    for stretch in stretches:
        drawn = [(c, w) for c, w in zip(stretch.counts, stretch.weights, strict=True) if w > 0]
        if sum(stretch.counts) > sum(count for count, _ in drawn):
            return SampleRatio(p=0.0, once=0.0, broken=True)
        n = sum(stretch.counts)
        if n == 0 or len(drawn) < 2:
            continue
        counts, weights = (np.array(each, dtype=np.float64) for each in zip(*drawn, strict=True))
        total += float(log_mismatch_e_value(counts, weights))
        expected = n * weights / weights.sum()
        statistic += float(((counts - expected) ** 2 / expected).sum())
        freedom += len(drawn) - 1
    p = min(1.0, float(np.exp(-total)))
    once = chi_square_tail(statistic, freedom) if freedom else 1.0
    return SampleRatio(p=p, once=once, broken=p < ALARM)


def _log_gamma_ratio(start: Floats, count: Floats) -> Floats:
    """log(Γ(start + count)/Γ(start)), elementwise."""
    return np.asarray(_log_gamma(start + count) - _log_gamma(start))


def _log_gamma(value: Floats) -> Floats:
    """log Γ for values > 0: Stirling's series from 10 up (DLMF 5.11.1), to 1e-12."""
    shifted, product = np.array(value, dtype=np.float64), np.zeros_like(value, dtype=np.float64)
    for _ in range(10):
        small = shifted < 10
        product = product + np.where(small, np.log(shifted), 0.0)
        shifted = np.where(small, shifted + 1, shifted)
    inverse = 1 / shifted
    series = inverse * (
        1 / 12 - inverse**2 * (1 / 360 - inverse**2 * (1 / 1260 - inverse**2 / 1680))
    )
    half_log = 0.5 * np.log(2 * np.pi)
    return np.asarray((shifted - 0.5) * np.log(shifted) - shifted + half_log + series - product)
