"""A stepped wedge: all places begin as control, and each switches to the arm at a drawn date.

An effect can grow with the time that a place has had the arm, and a model with one effect then
gives early and late ones weights that can be negative (A. Kenny et al., Statistics in Medicine 41,
2022). The model (`place_periods`) has therefore one effect for each number of periods since the
switch; the estimate is their mean, over those that some period has beside places that still wait.

The error is that of the draw: every other division of the places over the dates, or many of them,
gives the estimate that it would have had if nobody had an effect. That is exact whatever the
outcomes, the calendar and the likeness of places are. The interval has the effects that are not
refused when they are subtracted, one effect for everybody.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb, inf, isfinite, prod, sqrt
from typing import Final

import numpy as np
import numpy.typing as npt

from pilotes.statistics.domain.place_means import PlaceDifference
from pilotes.statistics.domain.place_periods import ContrastWeights, contrast_weights
from pilotes.statistics.domain.sums import Floats

Integers = npt.NDArray[np.int64]

MOST_DRAWS: Final = 1_000
"""Divisions of the places that are compared: all of them if there are no more."""
_SEED: Final = 2_007
"""Of the divisions that are compared if there are more: the same at every calculation."""


@dataclass(frozen=True, slots=True, eq=False)
class PlacePeriods:
    """Means of the people of places in periods: places as rows, periods as columns."""

    mean: Floats
    """0 where nobody is."""
    people: Integers
    """With an outcome."""
    variance: float
    """Of the outcomes of all people."""

    @classmethod
    def of(
        cls, outcome: Floats, place: Integers, period: Integers, shape: tuple[int, int]
    ) -> "PlacePeriods":
        """The means of people. `outcome`: of each, NaN without one. `place`, `period`: of each,
        from 0 up. `shape`: the number of places, and of periods."""
        known = ~np.isnan(outcome)
        cell, values = (place * shape[1] + period)[known], outcome[known]
        many = np.bincount(cell, minlength=shape[0] * shape[1])
        total = np.bincount(cell, weights=values, minlength=len(many))
        mean = np.divide(total, many, out=np.zeros(len(many)), where=many > 0)
        variance = float(values.var(ddof=1)) if len(values) > 1 else 0.0
        return cls(mean.reshape(shape), many.reshape(shape), variance)


@dataclass(frozen=True, slots=True, eq=False)
class WedgeDraws:
    """The divisions of the places that are compared, the drawn one first, with the weights that
    each gives the means of places in periods."""

    weights: Floats
    """Of each division, for its estimate."""
    treated: npt.NDArray[np.bool_]
    """Which places had the arm in which periods, as drawn."""
    level: Floats
    """For the level of control, as drawn: the mean of the periods in which some place waits."""

    @property
    def of_one(self) -> Floats:
        """Of each division, the estimate if the arm added 1 to everybody."""
        return np.asarray((self.weights * self.treated).sum(axis=(1, 2)))


@dataclass(frozen=True, slots=True)
class WedgeEstimate:
    """The level of control, and the effect of the arm."""

    level: float
    effect: PlaceDifference
    """Arm minus control; an infinite bound is not known."""


def wedge_draws(switch: Integers, people: Integers, *, correlation: float) -> WedgeDraws | None:
    """The divisions to compare; None if the outcomes cannot give an effect.

    `switch`: of each place, the position of the first period in which it has the arm, 1 or more.
    `people`: with an outcome, for each place and period. `correlation`: ρ, as is expected.
    """
    periods = people.shape[1]
    drawn = _model(switch, periods)
    waiting = (np.arange(periods) < switch.max()) & people.any(axis=0)
    exposures = int(np.arange(periods)[waiting].max(initial=0) - switch.min() + 1)
    if exposures < 1:
        return None
    effect, level = np.zeros((2, drawn.shape[2]))
    effect[periods : periods + exposures] = 1 / exposures
    level[:periods] = waiting / waiting.sum()
    of_level = contrast_weights(drawn, people, level, correlation=correlation)
    found = [
        contrast_weights(_model(each, periods), people, effect, correlation=correlation)
        for each in _divisions(switch)
    ]
    if of_level is None or found[0] is None:
        return None
    nothing = np.zeros(people.shape)
    return WedgeDraws(
        np.stack([nothing if each is None else each.weights for each in found]),
        np.arange(periods) >= switch[:, None],
        of_level.weights,
    )


def wedge_estimate(
    cells: PlacePeriods, draws: WedgeDraws, alpha: float = 0.05
) -> WedgeEstimate | None:
    """The effect, with the interval and the p-value of the draw; None if all outcomes are equal.
    `draws`: of the same people."""
    if cells.variance == 0:
        return None
    found = np.asarray((draws.weights * cells.mean).sum(axis=(1, 2)))
    estimate = float(found[0])
    # A division that gives no estimate counts as if it were as far from zero as the drawn one.
    unknown = np.asarray(~draws.weights.any(axis=(1, 2)))
    slack = 1e-9 * sqrt(cells.variance)
    p = float(np.mean(unknown | (np.abs(found) >= abs(estimate) - slack)))
    low, high = _not_refused(found, draws.of_one, unknown, alpha)
    if p > alpha:
        low, high = min(low, 0.0), max(high, 0.0)
    # At least the error of people drawn one by one: places whose means happen to be equal would
    # otherwise seem certain.
    error = sqrt(
        cells.variance * float((draws.weights[0] ** 2 / np.maximum(cells.people, 1)).sum())
    )
    if isfinite(high - low):
        error = max(error, (high - low) / 4)
    level = float((draws.level * cells.mean).sum())
    return WedgeEstimate(level, PlaceDifference(estimate, error, low, high, p))


def wedge_weights(
    places: Sequence[int], people: float, *, correlation: float
) -> ContrastWeights | None:
    """The weights and the variance of the planned effect. `places`: that switch at each date.
    `people`: with an outcome, of each place in each period."""
    switch = np.repeat(np.arange(1, len(places) + 1), places)
    periods = len(places) + 1
    model = _model(switch, periods)
    contrast = np.zeros(model.shape[2])
    contrast[periods : periods + periods - 2] = 1 / max(1, periods - 2)
    return contrast_weights(
        model, np.full((len(switch), periods), people), contrast, correlation=correlation
    )


def division_count(places: Sequence[int]) -> int:
    """In how many ways so many places can switch at each date."""
    left = sum(places)
    return prod(comb(left - sum(places[:at]), many) for at, many in enumerate(places))


def _model(switch: Integers, periods: int) -> Floats:
    """The parameters of each mean: its period, then how many periods its place has had the arm."""
    exposed = np.maximum(0, np.arange(periods) - switch[:, None] + 1)
    period = np.broadcast_to(np.eye(periods), (len(switch), periods, periods))
    return np.concatenate([period, np.eye(periods)[exposed][..., 1:]], axis=2)


def _divisions(switch: Integers) -> Iterator[Integers]:
    """The drawn division, then all others, or as many as are compared."""
    dates, many = np.unique(switch, return_counts=True)
    if division_count(many.tolist()) > MOST_DRAWS:
        rng = np.random.default_rng(_SEED)
        yield switch
        for _ in range(MOST_DRAWS - 1):
            yield rng.permutation(switch)
        return
    yield switch
    for each in _ways(tuple(range(len(switch))), dates.tolist(), many.tolist()):
        if not np.array_equal(each, switch):
            yield each


def _ways(places: tuple[int, ...], dates: Sequence[int], many: Sequence[int]) -> Iterator[Integers]:
    """Every way in which those places switch at those dates, so many at each."""
    if not dates:
        yield np.zeros(len(places), dtype=np.int64)
        return
    for chosen in combinations(range(len(places)), many[0]):
        rest = [at for at in range(len(places)) if at not in chosen]
        for others in _ways(tuple(rest), dates[1:], many[1:]):
            found = np.full(len(places), dates[0], dtype=np.int64)
            found[rest] = others
            yield found


def _not_refused(
    found: Floats, of_one: Floats, unknown: npt.NDArray[np.bool_], alpha: float
) -> tuple[float, float]:
    """The least and the greatest effect that more than `alpha` of the divisions are as far from.

    With the effect δ subtracted a division gives `found` - δ `of_one`, and the drawn one, of which
    `of_one` is 1, estimate - δ. The squares are equal at the roots of a quadratic in δ.
    """
    estimate = found[0]
    curved = 1 - of_one**2
    always = unknown | (curved <= 1e-9)
    always[0] = True
    half = estimate - found * of_one
    root = np.abs(found - estimate * of_one)
    safe = np.where(always, 1.0, curved)
    low = np.where(always, -inf, (half - root) / safe)
    high = np.where(always, inf, (half + root) / safe)
    tolerated = int(alpha * len(found) + 1e-9)
    return float(np.sort(low)[tolerated]), float(np.sort(high)[::-1][tolerated])
