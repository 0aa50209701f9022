"""The level of an arm: shares and means with their intervals (means at any time are in
`bounded_means`).

Anytime-valid intervals hold at any number of looks; single-look intervals (Wilson, Student) are
narrower.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import lgamma, log, log1p, sqrt

from pilotes.statistics.domain.quantiles import normal_quantile, student_quantile


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its interval, of 95 % by default."""

    estimate: float
    low: float
    high: float


def wilson(successes: int, n: int, alpha: float = 0.05) -> Interval:
    """A share, with the interval of E. B. Wilson (JASA 22, 1927), for a single look. `n` ≥ 1."""
    z = normal_quantile(1 - alpha / 2)
    share, scale = successes / n, 1 + z * z / n
    centre = (share + z * z / (2 * n)) / scale
    half = z / scale * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    return Interval(share, low, 1.0 if successes == n else min(1.0, centre + half))


def mean_once(n: int, total: float, squares: float, alpha: float = 0.05) -> Interval:
    """A mean, with Student's interval, for a single look.

    `n`: outcomes, at least 2. `total`: their sum. `squares`: the sum of their squares.
    """
    mean = total / n
    deviation = sqrt(max(squares - total * mean, 0.0) / (n - 1))
    half = student_quantile(1 - alpha, n - 1) * deviation / sqrt(n)
    return Interval(mean, mean - half, mean + half)


def share_at_any_time(successes: int, n: int, alpha: float = 0.05) -> Interval:
    """A share, with an interval that is anytime-valid and exact at every n.

    It contains the shares p whose likelihood is more than α times that of a uniform mixture
    (H. Robbins, Ann. Math. Stat. 41, 1970). `n` ≥ 1.
    """
    failures, share = n - successes, successes / n
    mixture = lgamma(successes + 1) + lgamma(failures + 1) - lgamma(n + 2)

    def within(p: float) -> bool:
        of_p = successes * log(p) if successes else 0.0
        of_p += failures * log1p(-p) if failures else 0.0
        return mixture - of_p < -log(alpha)

    return Interval(
        share,
        _edge(within, share, 0.0) if successes else 0.0,
        _edge(within, share, 1.0) if failures else 1.0,
    )


def _edge(within: Callable[[float], bool], inside: float, outside: float) -> float:
    """The bound of the interval between a number inside and one outside it, to 1e-9."""
    while abs(outside - inside) > 1e-9:
        middle = (inside + outside) / 2
        if 0 < middle < 1 and within(middle):
            inside = middle
        else:
            outside = middle
    return outside
