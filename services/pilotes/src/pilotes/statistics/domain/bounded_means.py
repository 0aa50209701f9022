"""The mean of outcomes within known limits: an interval that holds at any time and any n, for any
distribution, from sums alone.

Outcomes are on a scale from 0 to 1. A mean m is excluded once the evidence against it reaches 1/α.
The evidence is the average of supermartingales that start at 1 if the mean is m (J. Ville, 1939):

- bets on a higher or a lower mean. With ξ = (y - m)/m ≥ -1 and 0 ≤ λ < 1, 1 + λξ is at least
exp(λξ - ψ(λ)ξ²), ψ(λ) = -log(1 - λ) - λ (X. Fan, I. Grama, Q. Liu, Electron. J. Probab. 20, 2015).
The product over people needs only n, Σy and Σy², and its width follows the variance. I.
Waudby-Smith, A. Ramdas, "Estimating means of bounded random variables by betting", JRSS B 86, 2024,
have the bets whose bound this is; they are narrower, and read each outcome (`docs/decisions/0092`).
λ is spread over 32 to 1, around the planned number.

- the likelihood ratio of shares against their uniform mixture (H. Robbins, 1970). It is convex in
y, so that it holds for any outcome from 0 to 1; it is the better one of few people.
"""

from math import log
from typing import Final

import numpy as np
import numpy.typing as npt

from pilotes.statistics.domain.levels import Interval
from pilotes.statistics.domain.log_gamma import log_gamma
from pilotes.statistics.domain.sums import Floats

_BETS: Final = 6
"""Bets on each side, each twice the one before."""
_GREATEST: Final = 0.9
"""The greatest bet: 1 could lose everything."""
_SCANNED: Final = 128
"""Means that are tried on each side for the outermost one that is not excluded."""


def log_evidence_against(
    mean: npt.ArrayLike,
    n: npt.ArrayLike,
    total: npt.ArrayLike,
    squares: npt.ArrayLike,
    *,
    planned: float,
    alpha: float = 0.05,
) -> Floats:
    """log of the e-value against a mean, with the common shape of the arguments.

    `mean`: above 0 and below 1. `n`, `total`, `squares`: people, Σy and Σy² of outcomes from 0 to
    1. `planned`: people for which the bets are chosen, before the first look.
    """
    m, people, y, yy = (np.asarray(each, dtype=np.float64) for each in (mean, n, total, squares))
    sides = [
        _log_bets(m, people, y, yy, planned, alpha),
        _log_bets(1 - m, people, people - y, people - 2 * y + yy, planned, alpha),
    ]
    share = log_gamma(y + 1) + log_gamma(people - y + 1) - log_gamma(people + 2)
    share = share - y * np.log(m) - (people - y) * np.log1p(-m)
    bets = np.logaddexp(*sides) - log(2)
    return np.asarray(np.logaddexp(bets, share) - log(2))


def _log_bets(
    m: Floats, n: Floats, total: Floats, squares: Floats, planned: float, alpha: float
) -> Floats:
    """log of the average of the bets on a mean above m."""
    above = (total - n * m) / m
    around = (squares - 2 * m * total + n * m * m) / m**2
    # The best bet at the planned number if outcomes were 0 or 1, the greatest variance there is.
    first = np.sqrt(2 * log(2 / alpha) / planned * m / (1 - m))
    bets = [np.minimum(first * 2.0**step, _GREATEST) for step in range(_BETS)]
    logs = [bet * above + (np.log1p(-bet) + bet) * around for bet in bets]
    return np.asarray(np.logaddexp.reduce(logs, axis=0) - log(_BETS))


def mean_within_limits(
    n: int,
    total: float,
    squares: float,
    *,
    limits: tuple[float, float],
    planned: float,
    alpha: float = 0.05,
) -> Interval:
    """A mean, with its interval.

    `n`: outcomes, at least 1. `total`: their sum. `squares`: the sum of their squares. `limits`:
    the least and the greatest possible outcome. `planned`: planned participants of this arm.
    """
    least, width = limits[0], limits[1] - limits[0]
    y = min(max((total - n * least) / width, 0.0), float(n))
    yy = min(max((squares - 2 * least * total + n * least**2) / width**2, 0.0), y)
    mean = y / n

    def inside(tried: Floats) -> npt.NDArray[np.bool_]:
        found = log_evidence_against(tried, n, y, yy, planned=planned, alpha=alpha)
        return found < -log(alpha)

    edges = []
    for end in (0.0, 1.0):
        outside, edge = end, mean
        # Twice: the outermost mean that is not excluded, then closer to it.
        for _ in range(2 if mean != end else 0):
            tried = np.linspace(outside, edge, _SCANNED + 2)[1:-1]
            first = int(np.append(inside(tried), True).argmax())
            outside, edge = ([outside, *tried, edge][at] for at in (first, first + 1))
        edges.append(least + width * float(outside))
    return Interval(float(least + width * mean), edges[0], edges[1])
