"""The estimates of a trial that draws places, from sums over these (`disclosure/domain/places.py`).

They are read once, at the end of the trial. Levels are rounded to about their standard error, and
nothing else is more precise: from exact means of few places, somebody who knows how many people
each of them has could calculate back what the people of one did.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, inf, isfinite, log10
from typing import Final

from pilotes.disclosure.domain.places import PlaceFigures
from pilotes.disclosure.domain.scheduled_places import ScheduleFigures
from pilotes.record.domain.draws.designs import FEWEST_PLACES
from pilotes.record.domain.protocol import Indicator
from pilotes.results.domain.contrasts import Contrast, guard_state
from pilotes.statistics.domain.difference import ALPHA
from pilotes.statistics.domain.place_means import PlaceDifference, PlaceSums, place_difference
from pilotes.statistics.domain.sample_ratio import ALARM
from pilotes.statistics.domain.verdict import IndicatorVerdict

_P_VALUES: Final = (0.001, 0.01, 0.05, 0.2, 1.0)
"""What a p-value is rounded up to."""


@dataclass(frozen=True, slots=True)
class PlaceEstimates:
    """What is shown of one indicator."""

    levels: tuple[float, ...]
    """Of each arm, rounded."""
    contrasts: tuple[Contrast, ...]
    """Of each arm except control."""


@dataclass(frozen=True, slots=True)
class _Soundness:
    """Whether arms can be compared."""

    ratio_as_planned: bool
    """People have the arm that was drawn for their place."""
    answers_differ: bool
    """The shares of people with an outcome differ."""

    @property
    def comparable(self) -> bool:
        """Whether a difference can be an effect."""
        return self.ratio_as_planned and not self.answers_differ


def estimate_places(
    indicator: Indicator,
    figures: PlaceFigures | ScheduleFigures | None,
    *,
    arms: Sequence[str],
    control: str,
    ratio_as_planned: bool,
) -> PlaceEstimates | None:
    """The estimates of one indicator; None if an arm has fewer than `FEWEST_PLACES` places with an
    outcome, or all its outcomes are equal.

    `arms`: names, in the order of the figures. `ratio_as_planned`: people have the arm that was
    drawn for their place.
    """
    if figures is None:
        return None
    if isinstance(figures, ScheduleFigures):
        return _of_schedule(
            indicator, figures, arms=arms, control=control, ratio_as_planned=ratio_as_planned
        )
    if min(each.places for each in figures.outcomes) < FEWEST_PLACES:
        return None
    if any(each.error == 0 for each in figures.outcomes):
        return None
    levels = tuple(_level(indicator, each.mean, each.error) for each in figures.outcomes)
    of_control = list(arms).index(control)
    contrasts = []
    for at, name in enumerate(arms):
        if at == of_control:
            continue
        found = place_difference(figures.outcomes[at], figures.outcomes[of_control])
        assert found is not None, "outcomes that differ have a difference"
        differ = _differ(figures.answers[at], figures.answers[of_control])
        rounded = levels[at] - levels[of_control]
        sound = _Soundness(ratio_as_planned=ratio_as_planned, answers_differ=differ)
        contrasts.append(_contrast(indicator, name, found, rounded=rounded, sound=sound))
    return PlaceEstimates(levels, tuple(contrasts))


def _of_schedule(
    indicator: Indicator,
    figures: ScheduleFigures,
    *,
    arms: Sequence[str],
    control: str,
    ratio_as_planned: bool,
) -> PlaceEstimates | None:
    """The estimates of a trial whose places switch: the level of control, and that which the effect
    makes of it."""
    if figures.units < FEWEST_PLACES:
        return None
    found = figures.effect
    by_arm = {
        name: _level(
            indicator, figures.level + (0 if name == control else found.estimate), found.error
        )
        for name in arms
    }
    (other,) = (name for name in arms if name != control)
    sound = _Soundness(ratio_as_planned=ratio_as_planned, answers_differ=figures.answers_p <= ALARM)
    rounded = by_arm[other] - by_arm[control]
    return PlaceEstimates(
        tuple(by_arm.values()),
        (_contrast(indicator, other, found, rounded=rounded, sound=sound),),
    )


def published_p(p: float) -> float:
    """The p-value that is published: of few values, the next greater one."""
    return next(each for each in _P_VALUES if p <= each)


def _contrast(
    indicator: Indicator,
    name: str,
    found: PlaceDifference,
    *,
    rounded: float,
    sound: _Soundness,
) -> Contrast:
    """The difference of one arm, its p-value exact. `rounded`: the difference of the rounded
    levels."""
    verdict = IndicatorVerdict.INCONCLUSIVE
    if sound.comparable and found.p <= ALPHA:
        better = (found.estimate > 0) == (indicator.direction == "up")
        verdict = IndicatorVerdict.FAVOURABLE if better else IndicatorVerdict.UNFAVOURABLE
    low, high = _interval(found, rounded)
    greatest = 1.0 if indicator.binary else inf
    low, high = max(low, -greatest), min(high, greatest)
    return Contrast(
        arm=name,
        estimate=_trimmed(rounded),
        low=_trimmed(low) if isfinite(low) else None,
        high=_trimmed(high) if isfinite(high) else None,
        p=found.p,
        verdict=verdict,
        guard=guard_state(indicator, found.low, found.high, comparable=sound.comparable),
        adjusted=False,
        answers_differ=sound.answers_differ,
    )


def _differ(arm: PlaceSums, control: PlaceSums) -> bool:
    """Whether the shares of people with an outcome differ between arms: one sound trial in a
    hundred is called so."""
    found = place_difference(arm, control)
    return arm.mean != control.mean if found is None else found.p <= ALARM


def _level(indicator: Indicator, mean: float, error: float) -> float:
    """The level of an arm, rounded, within what an outcome can be."""
    step = _step(error)
    level = _trimmed(round(mean / step) * step)
    least, most = indicator.limits or (-inf, inf)
    return min(max(level, least), most)


def _interval(found: PlaceDifference, rounded: float) -> tuple[float, float]:
    """An interval around the rounded difference, so wide that it contains the exact one; without
    what is beyond 0 if that excludes it."""
    if not isfinite(found.high - found.low):
        return -inf, inf
    step = _step(found.error)
    half = step * ceil(max(found.high - rounded, rounded - found.low) / step)
    low, high = rounded - half, rounded + half
    return max(low, 0.0) if found.low > 0 else low, min(high, 0.0) if found.high < 0 else high


def _step(greatest: float) -> float:
    """The greatest 1, 2 or 5 times a power of ten that is at most `greatest`."""
    power = float(10 ** floor(log10(greatest)))
    return next(each * power for each in (5, 2, 1) if each * power <= greatest or each == 1)


def _trimmed(value: float) -> float:
    """Without the digits that the arithmetic of floats adds."""
    return float(f"{value:.10g}")
