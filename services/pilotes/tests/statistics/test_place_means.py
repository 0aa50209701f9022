"""Places compared by their means: against SciPy, and on simulated trials.

Seeded. `make test-deep` draws more trials.
"""

from collections.abc import Callable
from math import sqrt
from types import ModuleType

import numpy as np
import pytest

from pilotes.statistics.domain.place_means import (
    PlaceSums,
    place_difference,
)
from pilotes.statistics.domain.place_power import smallest_place_effect
from pilotes.statistics.domain.sums import Floats
from socle.testing import sized

SEED = 20_261_128
CORRELATION, PEOPLE, VARIATION = 0.05, 20, 0.65


def one_each(means: Floats) -> PlaceSums:
    """Places of one person each."""
    return PlaceSums.of(means, np.arange(len(means)))


def test_a_difference_is_that_of_scipy(stats: ModuleType) -> None:
    rng = np.random.default_rng(SEED)
    arm, control = rng.normal(3, 1, 6), rng.normal(2, 1, 6)
    found = place_difference(one_each(arm), one_each(control))
    assert found is not None
    by_scipy = stats.ttest_ind(arm, control, equal_var=True)
    interval = by_scipy.confidence_interval(0.95)
    assert found.p == pytest.approx(by_scipy.pvalue)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))


def test_equal_outcomes_and_single_places_have_no_difference() -> None:
    equal, one = one_each(np.full(5, 0.5)), one_each(np.array([0.5]))
    assert place_difference(equal, equal) is None
    assert place_difference(one, one) is None
    assert place_difference(one_each(np.array([])), equal) is None


def test_a_place_has_the_mean_of_its_people_who_have_an_outcome() -> None:
    outcome = np.array([1.0, 0.0, np.nan, 4.0, np.nan, 9.0])
    found = PlaceSums.of(outcome, np.array([0, 0, 0, 2, 1, -1]))
    assert (found.places, found.total, found.squares) == (2, 4.5, 16.25)
    assert found.least == pytest.approx(np.var([1, 0, 4], ddof=1) / 3)


def test_places_that_happen_to_be_equal_are_no_more_certain_than_people() -> None:
    """Two of four people in each of five places: the error is that of a share of 20 people."""
    sums = PlaceSums.of(np.tile([1.0, 0.0], 10), np.repeat(np.arange(5), 4))
    assert sums.error == pytest.approx(sqrt(0.25 / 19))
    found = place_difference(sums, sums)
    assert found is not None
    assert found.error == pytest.approx(sqrt(2 * 0.25 / 19))


def places(rng: np.random.Generator, many: int, effect: float) -> PlaceSums:
    """Places of uneven size, whose people are alike."""
    shape = 1 / VARIATION**2
    people = np.maximum(1, rng.gamma(shape, PEOPLE / shape, many).round()).astype(np.int64)
    place = np.repeat(np.arange(many), people)
    outcome = rng.normal(0, sqrt(CORRELATION), many)[place]
    outcome += rng.normal(effect, sqrt(1 - CORRELATION), len(place))
    return PlaceSums.of(outcome, place)


def concluded(arm: int, control: int, effect: float, trials: int) -> tuple[float, float]:
    """The share of trials that conclude; and that would, if people were counted as if they had been
    drawn one by one."""
    rng = np.random.default_rng(SEED)
    found = naive = 0
    for _ in range(trials):
        sums = places(rng, arm, effect), places(rng, control, 0.0)
        difference = place_difference(*sums)
        assert difference is not None
        found += difference.p <= 0.05
        naive += abs(difference.estimate) > 1.96 * sqrt(sum(each.least for each in sums))
    return found / trials, naive / trials


@pytest.mark.deep
@pytest.mark.parametrize(("arm", "control"), [(4, 4), (6, 6), (10, 10), (8, 4)])
def test_few_uneven_places_have_the_promised_error_and_power(
    arm: int, control: int, record_property: Callable[[str, object], None]
) -> None:
    trials = sized(250, deep=8_000)
    noise = 3 * sqrt(0.05 * 0.95 / trials), 3 * sqrt(0.8 * 0.2 / trials)
    promised = smallest_place_effect(
        arm, control, PEOPLE, correlation=CORRELATION, variation=VARIATION, binary=False
    ).every_day
    assert promised is not None
    error, naive = concluded(arm, control, 0.0, trials)
    power, _ = concluded(arm, control, promised, trials)
    for name, value in (("error", error), ("error of people", naive), ("power", power)):
        record_property(f"{name}, %", round(100 * value, 1))
    record_property("promised, deviations", round(promised, 2))
    assert error <= 0.05 + noise[0]
    assert naive > 0.1
    assert 0.78 - noise[1] <= power <= 0.83 + noise[1]
