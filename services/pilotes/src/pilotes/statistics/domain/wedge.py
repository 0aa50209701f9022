"""A stepped wedge: all places begin as control, and each switches to the arm at a drawn date.

An effect can grow with the time that a place has had the arm, and a model with one effect then
gives early and late ones weights that can be negative (A. Kenny et al., Statistics in Medicine 41,
2022). The model (`place_periods`) has therefore one effect for each number of periods since the
switch; the estimate is their mean, over those that some period has beside places that still wait.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from math import comb, prod

import numpy as np

from pilotes.statistics.domain.drawn_schedules import (
    MOST_DRAWS,
    SEED,
    Booleans,
    Integers,
    ScheduleDraws,
)
from pilotes.statistics.domain.place_periods import ContrastWeights, contrast_weights
from pilotes.statistics.domain.sums import Floats


def wedge_draws(treated: Booleans, people: Integers, *, correlation: float) -> ScheduleDraws | None:
    """The divisions to compare; None if the outcomes cannot give an effect.

    `treated`: which places have the arm in which periods: in the last one, and in none of those
    before a later one without it. `people`: with an outcome, for each place and period.
    `correlation`: ρ, as is expected.
    """
    periods = people.shape[1]
    switch = periods - treated.sum(axis=1)
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
    return ScheduleDraws(
        np.stack([nothing if each is None else each.weights for each in found]),
        treated,
        of_level.weights,
    )


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
        rng = np.random.default_rng(SEED)
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
