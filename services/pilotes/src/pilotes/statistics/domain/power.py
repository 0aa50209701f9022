"""The power of a trial, for the sequential procedure in use and the design of the trial.

Daily looks at a confidence sequence find an effect when its bound is crossed at one of them. That
probability is calculated by following the estimate from look to look, as in group-sequential trials
(P. Armitage, C. K. McPherson, B. C. Rowe, JRSS A 132, 1969): the density of what has not crossed
yet is propagated by Gauss-Legendre quadrature. No simulation, no table.

The design enters it: people of each arm, questions that share the 5 % (the first step of Holm's
method), looks without a verdict because an arm has too few people, the greater variance of uneven
arms, clusters, and the margin of a guardrail.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, erfc, sqrt
from typing import Final, Literal

import numpy as np

from pilotes.statistics.domain.confidence_sequences import half_width
from pilotes.statistics.domain.difference import fewest_people, is_uneven
from pilotes.statistics.domain.quantiles import normal_quantile
from pilotes.statistics.domain.sums import Floats

Unit = Literal["share", "deviation"]
"""Of a share, 1 is 100 %; a deviation is one standard deviation of the outcome."""
LOOKS: Final = 30
"""Looks for which power is calculated."""
POWER: Final = 0.8
_POINTS: Final = 61
"""Nodes of the quadrature: 121 give the same seven digits."""
_STEPS: Final = 50
"""The most steps of the search for a drift."""
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
    per_arm: float
    """Participants of the arm with an outcome."""


def smallest_effect(
    per_arm: float,
    *,
    baseline: float | None = None,
    binary: bool = True,
    direction: Literal["up", "down"] = "up",
    control_per_arm: float | None = None,
    questions: int = 1,
    design_effect: float = 1.0,
    margin: float = 0.0,
    looks: int = LOOKS,
    alpha: float = 0.05,
    power: float = POWER,
) -> SmallestEffect:
    """The smallest effect that a trial of this size finds.

    `per_arm`: participants of the arm with an outcome.
    `baseline`: share expected on control; None: 0.5, the hardest case. The variance of the arm is
    the greatest of the shares between the baseline and the effect, so that the power is never less.
    `binary`: whether the outcome is a share.
    `direction`: which change is looked for.
    `control_per_arm`: participants of the control arm; None: `per_arm`.
    `questions`: comparisons that share the error of `alpha`.
    `design_effect`: by how much clusters multiply the variance.
    `margin`: of shares, the difference that has to be exceeded. The other unit is beyond it.
    `looks`: number of looks, evenly spaced, the last at the planned end.
    """
    numbers = (per_arm, per_arm if control_per_arm is None else control_per_arm)
    unit: Unit = "share" if binary else "deviation"
    if (first := _first_look(numbers, binary, looks)) is None:
        return SmallestEffect(None, None, unit, power, per_arm)
    daily = drift_for_power(power, looks, alpha, questions, first)
    once = normal_quantile(1 - alpha / 2 / questions) + normal_quantile(power)
    drifts = [drift * sqrt(design_effect) for drift in (daily, once)]
    if not binary:
        error = sqrt((1 / numbers[0] + 1 / numbers[1]) * _expected_excess(numbers))
        return SmallestEffect(drifts[0] * error, drifts[1] * error, unit, power, per_arm)
    base = 0.5 if baseline is None else baseline
    seen = [_share_effect(drift, numbers, base, direction, margin) for drift in drifts]
    return SmallestEffect(seen[0], seen[1], unit, power, per_arm)


def _first_look(numbers: tuple[float, float], binary: bool, looks: int) -> int | None:
    """The first look at which both arms have enough people for a verdict; None: none has."""
    fewest = fewest_planned(*numbers, binary=binary)
    return None if min(numbers) < fewest else ceil(fewest / min(numbers) * looks)


def fewest_planned(n: float, other: float, *, binary: bool) -> int:
    """People that have to be planned for the smaller of two arms, so that an effect can be found.
    `n`, `other`: those that are planned."""
    fewest = int(fewest_people(n, other, binary=binary))
    # The draw gives an arm two standard deviations less than planned in one trial of forty.
    return fewest + round(2 * sqrt(fewest)) if is_uneven(n, other) and not binary else fewest


def _expected_excess(numbers: tuple[float, float]) -> float:
    """By how much the greater of the smaller arm's variance and that of both exceeds the truth, on
    average: 0.4 standard errors of a normal variance. 1 if arms are even, which do not take it."""
    return 1 + 0.4 * sqrt(2 / min(numbers)) if is_uneven(*numbers) else 1.0


def _share_effect(
    drift: float,
    numbers: tuple[float, float],
    base: float,
    direction: Literal["up", "down"],
    margin: float,
) -> float | None:
    """The smallest difference of shares that is `drift` of its own standard errors beyond the
    margin; None if even the greatest is not. `numbers`: participants of the arm and of control.
    `base`: the share on control."""
    room = 1 - base if direction == "up" else base
    sign = 1 if direction == "up" else -1

    def needed(effect: float) -> float:
        other = base + sign * effect
        worst = 0.5 if min(base, other) <= 0.5 <= max(base, other) else other
        of_arm = max(worst * (1 - worst), base * (1 - base))
        of_control = of_arm if is_uneven(*numbers) else base * (1 - base)
        return margin + drift * sqrt(of_arm / numbers[0] + of_control / numbers[1])

    low, high = 0.0, room
    if needed(high) > high:
        return None
    while high - low > 1e-9:
        middle = (low + high) / 2
        low, high = (low, middle) if needed(middle) <= middle else (middle, high)
    return high


@lru_cache(maxsize=256)
def drift_for_power(
    power: float, looks: int, alpha: float, questions: int = 1, first: int = 1
) -> float:
    """The effect that is found with that power, in standard errors at the planned number.
    Arguments as for `crossing_probabilities`."""
    wanted = normal_quantile(power)
    drift = float(half_width(1.0, alpha, questions)) + wanted
    # One more unit of drift is about one more of the quantile: a few steps end it.
    for _ in range(_STEPS):
        found = crossing_probabilities(drift, looks, alpha, questions, first)[0]
        missing = wanted - normal_quantile(min(max(found, 1e-9), 1 - 1e-9))
        drift += missing
        if abs(missing) < 1e-6:
            break
    return drift


def crossing_probabilities(
    drift: float, looks: int, alpha: float, questions: int = 1, first: int = 1
) -> tuple[float, float]:
    """The probabilities of crossing the upper and the lower bound at one of the looks.

    `drift`: the effect, in standard errors at the planned number. `questions`: comparisons that
    share the error of `alpha`. `first`: the first of the looks that can give a verdict, from 1.
    """
    times = np.arange(first, looks + 1) / looks
    # On the scale of Brownian motion: W(t) = z·√t, with mean drift·t and variance t.
    edges = half_width(times, alpha, questions) * np.sqrt(times)
    nodes, weights = np.polynomial.legendre.leggauss(_POINTS)
    places, density = np.zeros(1), np.ones(1)
    above = below = 0.0
    for edge, step in zip(edges, np.diff(times, prepend=0.0), strict=True):
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
