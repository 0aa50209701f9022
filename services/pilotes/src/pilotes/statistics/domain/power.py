"""The power of a trial, for the sequential procedure in use.

Daily looks at a confidence sequence find an effect when its bound is crossed at one of them. That
probability is calculated by following the estimate from look to look, as in group-sequential trials
(P. Armitage, C. K. McPherson, B. C. Rowe, JRSS A 132, 1969): the density of what has not crossed
yet is propagated by Gauss-Legendre quadrature. No simulation, no table.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import erfc, sqrt
from typing import Final, Literal

import numpy as np

from pilotes.statistics.domain.confidence_sequences import half_width
from pilotes.statistics.domain.quantiles import normal_quantile
from pilotes.statistics.domain.sums import Floats

Unit = Literal["share", "deviation"]
"""Of a share, 1 is 100 %; a deviation is one standard deviation of the outcome."""
LOOKS: Final = 30
"""Looks for which power is calculated."""
POWER: Final = 0.8
_POINTS: Final = 121
"""Nodes of the quadrature."""
_erfc = np.vectorize(erfc, otypes=[np.float64])


@dataclass(frozen=True, slots=True)
class SmallestEffect:
    """The smallest difference that a trial finds with a given power. None: it would not even find
    the greatest possible one."""

    every_day: float | None
    """With daily looks, the procedure in use."""
    one_look: float | None
    """With one look at the end, as in textbooks."""
    unit: Unit
    """The unit of both."""
    power: float
    """The probability that the difference is found."""
    per_arm: int
    """Participants of the arm."""


def smallest_effect(
    per_arm: int,
    *,
    baseline: float | None = None,
    binary: bool = True,
    direction: Literal["up", "down"] = "up",
    control_per_arm: int | None = None,
    looks: int = LOOKS,
    alpha: float = 0.05,
    power: float = POWER,
) -> SmallestEffect:
    """The smallest effect that a trial of this size finds.

    `per_arm`: participants of the arm.
    `baseline`: share expected on control; None: 0.5, the hardest case. The variance of the arm is
    the greatest of the shares between the baseline and the effect, so that the power is never less.
    `binary`: whether the outcome is a share.
    `direction`: which change is an improvement.
    `control_per_arm`: participants of the control arm; None: `per_arm`.
    `looks`: number of looks, evenly spaced, the last at the planned end.
    """
    numbers = (per_arm, per_arm if control_per_arm is None else control_per_arm)
    daily = drift_for_power(power, looks, alpha)
    once = normal_quantile(1 - alpha / 2) + normal_quantile(power)
    if not binary:
        unit = sqrt(1 / numbers[0] + 1 / numbers[1])
        return SmallestEffect(daily * unit, once * unit, "deviation", power, per_arm)
    base = 0.5 if baseline is None else baseline
    seen = [_share_effect(drift, numbers, base, direction) for drift in (daily, once)]
    return SmallestEffect(seen[0], seen[1], "share", power, per_arm)


def _share_effect(
    drift: float, numbers: tuple[int, int], base: float, direction: Literal["up", "down"]
) -> float | None:
    """The smallest difference of shares that is `drift` of its own standard errors; None if even
    the greatest is not. `numbers`: participants of the arm and of control. `base`: the share on
    control."""
    room = 1 - base if direction == "up" else base
    sign = 1 if direction == "up" else -1

    def needed(effect: float) -> float:
        other = base + sign * effect
        worst = 0.5 if min(base, other) <= 0.5 <= max(base, other) else other
        of_arm = max(worst * (1 - worst), base * (1 - base))
        return drift * sqrt(of_arm / numbers[0] + base * (1 - base) / numbers[1])

    low, high = 0.0, room
    if needed(high) > high:
        return None
    while high - low > 1e-9:
        middle = (low + high) / 2
        low, high = (low, middle) if needed(middle) <= middle else (middle, high)
    return high


@lru_cache(maxsize=64)
def drift_for_power(power: float, looks: int, alpha: float) -> float:
    """The effect that is found with that power, in standard errors at the planned number."""
    low, high = 0.0, 12.0
    while high - low > 1e-6:
        middle = (low + high) / 2
        low, high = (
            (low, middle)
            if crossing_probabilities(middle, looks, alpha)[0] >= power
            else (middle, high)
        )
    return high


def crossing_probabilities(drift: float, looks: int, alpha: float) -> tuple[float, float]:
    """The probabilities of crossing the upper and the lower bound at one of the looks. `drift`: the
    effect, in standard errors at the planned number."""
    step = 1 / looks
    times = np.arange(1, looks + 1) * step
    # On the scale of Brownian motion: W(t) = z·√t, with mean drift·t and variance t.
    edges = half_width(times, alpha) * np.sqrt(times)
    nodes, weights = np.polynomial.legendre.leggauss(_POINTS)
    places, density = np.zeros(1), np.ones(1)
    above = below = 0.0
    for edge in edges:
        moved = places + drift * step
        above += float(density @ _tail((edge - moved) / sqrt(step)))
        below += float(density @ _tail((edge + moved) / sqrt(step)))
        here = nodes * edge
        kernel = np.exp(-((here[:, None] - moved[None, :]) ** 2) / (2 * step))
        density = (kernel @ density) / sqrt(2 * np.pi * step) * weights * edge
        places = here
    return above, below


def _tail(z: Floats) -> Floats:
    """P(Z > z) of the standard normal distribution."""
    return np.asarray(0.5 * _erfc(z / sqrt(2)))
