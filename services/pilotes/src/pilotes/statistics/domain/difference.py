"""The difference between an arm and its control, with an anytime-valid interval.

The difference of two means of randomised people is asymptotically a mean of independent parts, so
confidence sequences hold for it, at n = n₁ + n₀ (arXiv 2103.06476, §3). The outcome before
enrolment reduces the variance: Y - θ(X - m), one θ for both arms (CUPED: A. Deng, Y. Xu, R. Kohavi,
T. Walker, WSDM 2013), fitted within the arms so that the effect never enters θ.

With few people a variance of zero would be overconfident: proportions take the variance of one more
success and one more failure (A. Agresti, B. Caffo, The American Statistician 54, 2000), other
outcomes two parts of the pooled variance. Neither matters as numbers grow.

In a small arm of a skewed outcome, mean and variance are wrong together: a sample without its rare
great values has a low mean and seems certain of it. Where one arm has much fewer people than the
other, each variance is therefore at least that of both arms together, and means wait for more
people (`docs/decisions/0081`, with measured errors).
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from pilotes.statistics.domain.confidence_sequences import half_width, log_e_value, p_value
from pilotes.statistics.domain.sums import Floats, Sums

ALPHA: Final = 0.05
"""The chance that an interval ever excludes the true difference."""
MIN_PARTICIPANTS: Final = 10
"""Participants in each arm below which there is no estimate: the intervals are asymptotic."""
MIN_UNEVEN: Final = 100
"""The same for means, where one arm has much fewer people than the other."""
_UNEVEN_SHARE: Final = 0.3
"""The share of the smaller arm below which arms are uneven."""


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """Arm minus control, in the outcome's unit. Arrays have the shape of the sums. Where there are
    too few people, or all outcomes are equal, estimate, error and bounds are NaN and `p` is 1."""

    estimate: Floats
    error: Floats
    """Standard error of the estimate."""
    low: Floats
    """Lower bound of the anytime-valid interval."""
    high: Floats
    """Upper bound."""
    p: Floats
    """Anytime-valid p-value of "no difference"."""
    theta: Floats
    """Coefficient of the CUPED adjustment; 0: not adjusted."""
    freedom: Floats
    """Degrees of freedom of the error (B. L. Welch, Biometrika 34, 1947)."""


def is_uneven(n: npt.ArrayLike, other: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Whether one of two arms has much fewer people than the other. `n`, `other`: their people."""
    fewer, both = np.minimum(n, other), np.add(n, other)
    return np.asarray(fewer < _UNEVEN_SHARE * both)


def fewest_people(n: npt.ArrayLike, other: npt.ArrayLike, *, binary: bool) -> npt.NDArray[np.int64]:
    """People that the smaller of two arms needs for an estimate. `n`, `other`: their people."""
    return np.where(is_uneven(n, other) & (not binary), MIN_UNEVEN, MIN_PARTICIPANTS)


def difference(
    arm: Sums,
    control: Sums,
    *,
    planned: float,
    binary: bool,
    design_effect: float = 1.0,
    alpha: float = ALPHA,
) -> Difference:
    """The difference between two arms.

    `planned`: participants of both arms together, as frozen before the first look.
    `binary`: whether outcomes are 0 or 1.
    `design_effect`: by how much clusters multiply the variance.
    `alpha`: the chance that the interval ever excludes the true difference.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        theta, centre = _adjustment(arm, control)
        estimate = _mean(arm, theta, centre) - _mean(control, theta, centre)
        variances = _variances(arm, control, theta, centre, binary)
    fewest = fewest_people(arm.n, control.n, binary=binary)
    found = difference_of_means(
        estimate,
        variances,
        (arm.n, control.n),
        enough=np.minimum(arm.n, control.n) >= fewest,
        planned=planned,
        design_effect=design_effect,
        alpha=alpha,
    )
    lowest, highest = (-1.0, 1.0) if binary else (-np.inf, np.inf)
    return replace(
        found,
        low=np.maximum(found.low, lowest),
        high=np.minimum(found.high, highest),
        theta=theta,
    )


def _variances(
    arm: Sums, control: Sums, theta: Floats, centre: Floats, binary: bool
) -> tuple[Floats, Floats]:
    """The variance of each arm; of uneven ones, at least that of both together."""
    pooled = _variance(arm + control, np.zeros_like(theta), centre)
    least = np.where(is_uneven(arm.n, control.n), _variance(arm + control, theta, centre), 0.0)
    of_arm, of_control = (
        np.maximum(_regularised_variance(each, theta, centre, pooled, binary), least)
        for each in (arm, control)
    )
    return of_arm, of_control


def difference_of_means(
    estimate: Floats,
    variances: tuple[Floats, Floats],
    people: tuple[Floats, Floats],
    *,
    enough: npt.NDArray[np.bool_],
    planned: float,
    design_effect: float,
    alpha: float,
) -> Difference:
    """A difference that is asymptotically one of two means, with its anytime-valid interval.

    `variances`, `people`: of the arm and of control. `enough`: whether there are enough people for
    an estimate. The others as for `difference`.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = [each / n for each, n in zip(variances, people, strict=True)]
        squared = design_effect * (parts[0] + parts[1])
        found = enough & (squared > 0)
        error = np.where(found, np.sqrt(squared), np.nan)
        fraction = (people[0] + people[1]) / planned
        half = half_width(fraction, alpha) * error
        p = p_value(log_e_value(estimate / error, fraction, alpha))
        shares = sum(part**2 / (n - 1) for part, n in zip(parts, people, strict=True))
        freedom = (parts[0] + parts[1]) ** 2 / shares
    return Difference(
        estimate=np.where(found, estimate, np.nan),
        error=error,
        low=np.asarray(estimate - half),
        high=np.asarray(estimate + half),
        p=np.where(found, p, 1.0),
        theta=np.zeros_like(error),
        freedom=np.where(found, freedom, np.nan),
    )


def _adjustment(arm: Sums, control: Sums) -> tuple[Floats, Floats]:
    """θ and m. A person without an earlier outcome counts as m, the mean of the others."""
    known = arm.xn + control.xn
    centre = np.where(known > 0, (arm.x + control.x) / np.maximum(known, 1), 0.0)
    covariance = sum(
        each.xy - centre * each.yx - _before(each, centre) * each.y / each.n
        for each in (arm, control)
    )
    spread = sum(
        _before_squared(each, centre) - _before(each, centre) ** 2 / each.n
        for each in (arm, control)
    )
    # A spread of rounding errors alone: all earlier outcomes are equal.
    enough = (known >= 2 * MIN_PARTICIPANTS) & (
        np.asarray(spread) > 1e-12 * np.maximum(arm.xx, 1e-300)
    )
    return np.where(enough, np.asarray(covariance) / np.asarray(spread), 0.0), centre


def _before(each: Sums, centre: Floats) -> Floats:
    """Σ(X - m)."""
    return np.asarray(each.x - centre * each.xn)


def _before_squared(each: Sums, centre: Floats) -> Floats:
    """Σ(X - m)²."""
    return np.asarray(each.xx - 2 * centre * each.x + centre**2 * each.xn)


def _mean(each: Sums, theta: Floats, centre: Floats) -> Floats:
    """The mean of Y - θ(X - m)."""
    return np.asarray((each.y - theta * _before(each, centre)) / each.n)


def _variance(each: Sums, theta: Floats, centre: Floats) -> Floats:
    """The unbiased variance of Y - θ(X - m)."""
    squares = (
        each.yy
        - 2 * theta * (each.xy - centre * each.yx)
        + theta**2 * _before_squared(each, centre)
    )
    total = each.y - theta * _before(each, centre)
    return np.asarray(np.maximum(squares - total**2 / each.n, 0.0) / (each.n - 1))


def _regularised_variance(
    each: Sums, theta: Floats, centre: Floats, pooled: Floats, binary: bool
) -> Floats:
    """The arm's variance, regularised for small numbers. `pooled`: the variance of both arms
    together, without adjustment."""
    seen = _variance(each, theta, centre)
    if not binary:
        return np.asarray(((each.n - 1) * seen + 2 * pooled) / (each.n + 1))
    plain = _variance(each, np.zeros_like(theta), centre)
    variance_ratio = np.where(plain > 0, seen / np.where(plain > 0, plain, 1.0), 1.0)
    share = (each.y + 1) / (each.n + 2)
    return np.asarray(np.maximum(share * (1 - share), plain) * variance_ratio)
