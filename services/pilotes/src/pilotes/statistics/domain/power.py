"""The power of a trial, for the sequential procedure in use and the design of the trial.

Daily looks at a confidence sequence, or planned looks, find an effect when the bound is crossed at
one of them. That probability is calculated by following the estimate from look to look
(`look_recursion`). No simulation, no table.

The design enters it: people of each arm, questions that share the 5 % (the first step of Holm's
method), looks without a verdict because an arm has too few people, the greater variance of uneven
arms, clusters, and the margin of a guardrail.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, sqrt
from typing import Final, Literal

import numpy as np

from pilotes.statistics.domain.confidence_sequences import half_width
from pilotes.statistics.domain.difference import fewest_people, is_uneven
from pilotes.statistics.domain.look_recursion import crossing_probabilities
from pilotes.statistics.domain.planned_looks import look_bounds, student_bound
from pilotes.statistics.domain.quantiles import normal_quantile

Unit = Literal["share", "deviation"]
"""Of a share, 1 is 100 %; a deviation is one standard deviation of the outcome."""
LOOKS: Final = 30
"""Looks for which power is calculated."""
POWER: Final = 0.8
_STEPS: Final = 50
"""The most steps of the search for a drift."""


@dataclass(frozen=True, slots=True)
class SmallestEffect:
    """The smallest difference that a trial finds with a given power. None: it would not even find
    the greatest possible one."""

    every_day: float | None
    """With the looks of the protocol, which are daily unless they are planned."""
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
    planned_looks: tuple[float, ...] = (),
    alpha: float = 0.05,
    power: float = POWER,
) -> SmallestEffect:
    """The smallest effect that a trial of this size finds.

    `per_arm`: participants of the arm with an outcome.
    `baseline`: share expected on control; None: 0.5, the hardest case. The variance of the arm is
    the greatest of the shares between the baseline and the effect, so that the power is never less.
    `binary`: whether the outcome is a share. `direction`: which change is looked for.
    `control_per_arm`: participants of the control arm; None: `per_arm`.
    `questions`: comparisons that share the error of `alpha`.
    `design_effect`: by how much clusters multiply the variance.
    `margin`: of shares, the difference that has to be exceeded. The other unit is beyond it.
    `looks`: number of daily looks, evenly spaced, the last at the planned end.
    `planned_looks`: those of the protocol, in place of the daily ones; empty: none.
    """
    numbers = (per_arm, per_arm if control_per_arm is None else control_per_arm)
    unit: Unit = "share" if binary else "deviation"
    schedule = _schedule(numbers, binary, looks, planned_looks, alpha, questions)
    if schedule is None:
        return SmallestEffect(None, None, unit, power, per_arm)
    sequential = drift_for_power(power, *schedule)
    once = normal_quantile(1 - alpha / 2 / questions) + normal_quantile(power)
    every_day, one_look = (
        _effect_of(drift * sqrt(design_effect), numbers, binary, baseline, direction, margin)
        for drift in (sequential, once)
    )
    return SmallestEffect(every_day, one_look, unit, power, per_arm)


def _effect_of(
    drift: float,
    numbers: tuple[float, float],
    binary: bool,
    baseline: float | None,
    direction: Literal["up", "down"],
    margin: float,
) -> float | None:
    """The effect that is `drift` of its own standard errors; None if even the greatest is less."""
    if binary:
        base = 0.5 if baseline is None else baseline
        return share_effect(drift, numbers, base, direction, margin)
    return drift * sqrt((1 / numbers[0] + 1 / numbers[1]) * _expected_excess(numbers))


Schedule = tuple[tuple[float, ...], tuple[float, ...]]
"""The looks that can give a verdict: their shares of the planned information, and their bounds in
standard errors."""


def _schedule(
    numbers: tuple[float, float],
    binary: bool,
    looks: int,
    planned_looks: tuple[float, ...],
    alpha: float,
    questions: int,
) -> Schedule | None:
    """The looks of the protocol; None: none can give a verdict."""
    if planned_looks:
        return _planned_schedule(numbers, binary, planned_looks, alpha / questions)
    return _daily_schedule(numbers, binary, looks, alpha, questions)


def _daily_schedule(
    numbers: tuple[float, float], binary: bool, looks: int, alpha: float, questions: int
) -> Schedule | None:
    """Daily looks, from the first at which both arms have enough people; None: they never have."""
    fewest = fewest_planned(*numbers, binary=binary)
    if min(numbers) < fewest:
        return None
    return daily_schedule(looks, alpha, questions, ceil(fewest / min(numbers) * looks))


def daily_schedule(looks: int, alpha: float, questions: int = 1, first: int = 1) -> Schedule:
    """The looks at a confidence sequence. `questions`: comparisons that share the error of `alpha`.
    `first`: the first of the looks that can give a verdict, from 1."""
    times = np.arange(first, looks + 1) / looks
    return tuple(times.tolist()), tuple(half_width(times, alpha, questions).tolist())


def _planned_schedule(
    numbers: tuple[float, float], binary: bool, shares: tuple[float, ...], alpha: float
) -> Schedule | None:
    """Planned looks at which both arms have enough people; None: none has."""
    fewest = fewest_planned(*numbers, binary=binary)
    times = tuple(each for each in shares if each * min(numbers) >= fewest)
    if not times:
        return None
    bounds = zip(times, look_bounds(times, times, alpha), strict=True)
    return times, tuple(student_bound(each, share * sum(numbers) - 2) for share, each in bounds)


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


def smallest_difference(
    drift: float,
    numbers: tuple[float, float],
    *,
    binary: bool,
    baseline: float | None,
    direction: Literal["up", "down"],
) -> float | None:
    """The smallest difference that is `drift` of its own standard errors away from 0: of shares if
    `binary` (None: even the greatest is not), else of means, in standard deviations. `numbers`:
    independent participants of the arm and of control. `baseline`: the share on control; None:
    unknown."""
    if binary:
        base = 0.5 if baseline is None else baseline
        return share_effect(drift, numbers, base, direction, 0.0)
    return drift * sqrt(1 / numbers[0] + 1 / numbers[1])


def share_effect(
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
def drift_for_power(power: float, times: tuple[float, ...], bounds: tuple[float, ...]) -> float:
    """The effect that is found with that power, in standard errors at the planned number.
    `times`, `bounds`: as for `crossing_probabilities`."""
    wanted = normal_quantile(power)
    drift = bounds[-1] + wanted
    # One more unit of drift is about one more of the quantile: a few steps end it.
    for _ in range(_STEPS):
        found = crossing_probabilities(drift, times, bounds)[0]
        missing = wanted - normal_quantile(min(max(found, 1e-9), 1 - 1e-9))
        drift += missing
        if abs(missing) < 1e-6:
            break
    return drift
