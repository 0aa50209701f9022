"""Switchbacks: against SciPy, and on simulated trials with a season.

Seeded. `make test-deep` draws more trials.
"""

from collections.abc import Callable
from math import sqrt
from types import ModuleType

import numpy as np
import pytest

from pilotes.statistics.domain.drawn_schedules import (
    Booleans,
    Integers,
    PlacePeriods,
    ScheduleDraws,
    schedule_estimate,
)
from pilotes.statistics.domain.sums import Floats
from pilotes.statistics.domain.switchback import switchback_draws
from pilotes.statistics.domain.switchback_power import smallest_switchback_effect
from socle.testing import sized

SEED = 20_261_130
CORRELATION, PEOPLE = 0.05, 20


def orders(rng: np.random.Generator, places: int, pairs: int) -> Booleans:
    """Which blocks have the arm: one of each pair."""
    first = rng.random((places, pairs)) < 0.5
    return np.stack([first, ~first], axis=2).reshape(places, 2 * pairs)


def differences(mean: Floats, treated: Booleans) -> Floats:
    """Arm minus control, of each pair."""
    signed = np.where(treated, mean, -mean)
    return signed.reshape(len(mean), -1, 2).sum(axis=2).ravel()


def test_even_blocks_have_the_p_value_of_scipy(stats: ModuleType) -> None:
    rng = np.random.default_rng(SEED)
    treated, people = orders(rng, 2, 4), np.full((2, 8), PEOPLE)
    mean = rng.normal(0, 1, (2, 8)) + 0.7 * treated
    draws = switchback_draws(treated, people, correlation=CORRELATION)
    assert draws is not None
    assert len(draws.weights) == 2**8
    found = schedule_estimate(PlacePeriods(mean, people, 1.0), draws)
    assert found is not None
    pairs = differences(mean, treated)
    by_scipy = stats.permutation_test(
        (pairs,), np.mean, permutation_type="samples", n_resamples=np.inf
    )
    assert found.effect.estimate == pytest.approx(pairs.mean())
    assert found.effect.p == pytest.approx(by_scipy.pvalue)
    assert found.level == pytest.approx(mean[~treated].mean())
    assert found.effect.low < pairs.mean() < found.effect.high
    assert (found.effect.low > 0) == (found.effect.p <= 0.05)


def test_a_pair_counts_only_with_people_in_both_blocks() -> None:
    rng = np.random.default_rng(SEED)
    treated, people = orders(rng, 1, 10), np.full((1, 20), PEOPLE)
    people[0, 3] = 0
    mean = np.where(treated, 2.0, 1.0) * (people > 0)
    draws = switchback_draws(treated, people, correlation=CORRELATION)
    assert draws is not None
    # The pair of the empty block has no weight: nine are left.
    assert len(draws.weights) == 2**9
    found = schedule_estimate(PlacePeriods(mean, people, 0.25), draws)
    assert found is not None
    assert (found.level, found.effect.estimate) == pytest.approx((1, 1))
    assert found.effect.p == 2 / 2**9
    one = np.zeros((1, 20), dtype=np.int64)
    one[0, 5] = 3
    assert switchback_draws(treated, one, correlation=CORRELATION) is None
    # One person in a block of a pair counts less than many.
    few = np.where(np.arange(20) < 2, 1, PEOPLE)[None, :]
    uneven = switchback_draws(treated, few, correlation=CORRELATION)
    assert uneven is not None
    assert 0 < abs(uneven.weights[0, 0, 0]) < abs(uneven.weights[0, 0, 2]) / 4


def test_more_questions_need_more_pairs() -> None:
    found = [
        smallest_switchback_effect(
            8, PEOPLE, correlation=CORRELATION, variation=0, questions=each
        ).every_day
        for each in (1, 6, 7)
    ]
    assert found[0] is not None
    assert found[1] is not None
    assert found[2] is None


@pytest.mark.deep
@pytest.mark.parametrize(("places", "pairs"), [(1, 8), (1, 20), (6, 4)])
def test_switchbacks_have_the_promised_error_and_power(
    places: int, pairs: int, record_property: Callable[[str, object], None]
) -> None:
    """A place has a level, and each of its blocks another. Null trials also have a season of the
    region, with an autocorrelation of 0.8 from block to block, which is not in the promise."""
    trials = sized(40, deep=4_000)
    noise = 3 * sqrt(0.05 * 0.95 / trials), 3 * sqrt(0.8 * 0.2 / trials)
    promised = smallest_switchback_effect(
        places * pairs, PEOPLE, correlation=CORRELATION, variation=0, binary=False
    ).every_day
    assert promised is not None
    rng = np.random.default_rng(SEED)
    people = np.full((places, 2 * pairs), PEOPLE)
    concluded = naive = null = 0
    spread = sqrt(CORRELATION + (1 - CORRELATION) / PEOPLE)
    for _ in range(trials):
        treated = orders(rng, places, pairs)
        draws = switchback_draws(treated, people, correlation=CORRELATION)
        assert draws is not None
        mean = rng.normal(0, spread, people.shape) + rng.normal(0, 0.5, (places, 1))
        seasonal = mean + season(rng, 2 * pairs)
        null += concludes(seasonal, people, draws)
        concluded += concludes(mean + promised * treated, people, draws)
        arm, control = seasonal[treated], seasonal[~treated]
        naive += abs(arm.mean() - control.mean()) > 1.96 * sqrt(2 / arm.size / PEOPLE)
    error, power = null / trials, concluded / trials
    record_property("promised, deviations", round(float(promised), 2))
    for name, value in (("error", error), ("error of people", naive / trials), ("power", power)):
        record_property(f"{name}, %", round(100 * float(value), 1))
    assert error <= 0.05 + noise[0]
    assert power >= 0.78 - noise[1]


def concludes(mean: Floats, people: Integers, draws: ScheduleDraws) -> bool:
    found = schedule_estimate(PlacePeriods(mean, people, 1.0), draws)
    assert found is not None
    return found.effect.p <= 0.05


def season(rng: np.random.Generator, blocks: int) -> Floats:
    """What all places share, from block to block."""
    found = [rng.normal(0, 0.3)]
    for _ in range(blocks - 1):
        found.append(0.8 * found[-1] + rng.normal(0, 0.3 * 0.6))
    return np.array(found)
