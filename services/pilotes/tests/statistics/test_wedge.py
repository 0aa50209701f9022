"""Stepped wedges: the published variance, an independent calculation, and simulated trials.

Seeded. `make test-deep` draws more trials.
"""

from collections.abc import Callable
from functools import lru_cache
from math import inf, sqrt

import numpy as np
import pytest

from pilotes.statistics.domain.drawn_schedules import (
    Booleans,
    Integers,
    PlacePeriods,
    ScheduleDraws,
    schedule_estimate,
)
from pilotes.statistics.domain.place_periods import contrast_weights
from pilotes.statistics.domain.sums import Floats
from pilotes.statistics.domain.wedge import division_count, wedge_draws
from pilotes.statistics.domain.wedge_power import smallest_wedge_effect
from socle.testing import sized

SEED = 20_261_129
CORRELATION, PEOPLE, VARIATION = 0.05, 20, 0.4


def switches(places: tuple[int, ...]) -> Integers:
    return np.repeat(np.arange(1, len(places) + 1), places)


def exposures(switch: Integers, periods: int) -> Integers:
    return np.maximum(0, np.arange(periods) - switch[:, None] + 1)


def treated_by(switch: Integers, periods: int) -> Booleans:
    return exposures(switch, periods) > 0


def hussey_hughes(treated: Floats, cell: float, place: float) -> float:
    """Hussey and Hughes 2007, eq. 8. `cell`: variance of a mean; `place`: of a place."""
    clusters, periods = treated.shape
    u, w = treated.sum(), (treated.sum(axis=0) ** 2).sum()
    v = (treated.sum(axis=1) ** 2).sum()
    below = (clusters * u - w) * cell
    below += (u**2 + clusters * periods * u - periods * w - clusters * v) * place
    return float(clusters * cell * (cell + periods * place) / below)


def test_one_effect_has_the_variance_of_hussey_and_hughes() -> None:
    """12 places, 4 dates, 5 periods, 20 people in each, ρ = 0.05."""
    treated = (exposures(switches((3, 3, 3, 3)), 5) > 0).astype(np.float64)
    model = np.concatenate([np.broadcast_to(np.eye(5), (12, 5, 5)), treated[..., None]], axis=2)
    found = contrast_weights(model, np.full((12, 5), PEOPLE), np.eye(6)[5], correlation=CORRELATION)
    assert found is not None
    assert found.variance == pytest.approx(0.0095401, abs=5e-8)
    assert found.variance == pytest.approx(hussey_hughes(treated, 0.95 / PEOPLE, 0.05))


def test_weights_are_those_of_generalised_least_squares() -> None:
    """Against dense matrices, with uneven places and empty ones."""
    rng = np.random.default_rng(SEED)
    switch, periods = switches((2, 3, 3)), 4
    people = rng.integers(0, 30, (8, periods))
    people[3, 1] = people[6, 3] = 0
    draws = wedge_draws(treated_by(switch, 4), people, correlation=CORRELATION)
    assert draws is not None
    mean = rng.normal(0, 1, people.shape) * (people > 0)
    at = np.argwhere(people > 0)
    rows, since = np.zeros((len(at), 2 * periods - 1)), exposures(switch, periods)
    covariance = np.zeros((len(at), len(at)))
    for row, (place, period) in enumerate(at):
        rows[row, period] = 1
        if since[place, period]:
            rows[row, periods + since[place, period] - 1] = 1
        covariance[row] = CORRELATION * (at[:, 0] == place)
        covariance[row, row] += (1 - CORRELATION) / people[place, period]
    inverse = np.linalg.inv(covariance)
    parameters = np.linalg.solve(rows.T @ inverse @ rows, rows.T @ inverse @ mean[people > 0])
    found = schedule_estimate(PlacePeriods(mean, people, 1.0), draws)
    assert found is not None
    # Periods 0 to 2 have places that wait; two of them have places with the arm.
    assert found.effect.estimate == pytest.approx(parameters[periods : periods + 2].mean())
    assert found.level == pytest.approx(parameters[:3].mean())


def test_a_share_of_the_divisions_is_the_p_value() -> None:
    rng = np.random.default_rng(SEED)
    switch = rng.permutation(switches((3, 3, 2)))
    people = np.full((8, 4), 5)
    mean = rng.normal(0, 1, (8, 4)) + 0.8 * exposures(switch, 4)
    draws = wedge_draws(treated_by(switch, 4), people, correlation=CORRELATION)
    assert draws is not None
    all_of = (draws.weights * mean).sum(axis=(1, 2))
    # Eight places in all their orders: each division once, the drawn one first.
    assert len({tuple(each.ravel()) for each in draws.weights}) == 560 == division_count((3, 3, 2))
    other = wedge_draws(treated_by(switch[::-1], 4), people, correlation=CORRELATION)
    assert other is not None
    assert np.abs(all_of - (other.weights[0] * mean).sum()).min() < 1e-9
    found = schedule_estimate(PlacePeriods(mean, people, 1.0), draws)
    assert found is not None
    assert found.effect.estimate == pytest.approx(all_of[0])
    assert found.effect.p == np.mean(np.abs(all_of) >= abs(all_of[0]) - 1e-9)


def test_the_interval_has_the_effects_that_are_not_refused() -> None:
    rng = np.random.default_rng(SEED)
    switch = rng.permutation(switches((3, 3, 2)))
    people = np.full((8, 4), 5)
    treated = exposures(switch, 4) > 0
    mean = rng.normal(0, 1, (8, 4)) + treated
    draws = wedge_draws(treated_by(switch, 4), people, correlation=CORRELATION)
    assert draws is not None

    def p_of(effect: float) -> float:
        found = schedule_estimate(PlacePeriods(mean - effect * treated, people, 1.0), draws)
        assert found is not None
        return found.effect.p

    complete = schedule_estimate(PlacePeriods(mean, people, 1.0), draws)
    assert complete is not None
    low, high = complete.effect.low, complete.effect.high
    assert -inf < low < complete.effect.estimate < high < inf
    for bound, inside in ((low, 1), (high, -1)):
        assert p_of(bound + inside * 1e-6) > 0.05
        assert p_of(bound - inside * 1e-6) <= 0.05


def test_the_calendar_changes_nothing_and_too_little_is_not_estimated() -> None:
    rng = np.random.default_rng(SEED)
    switch, people = switches((3, 3, 2)), np.full((8, 4), 5)
    draws = wedge_draws(treated_by(switch, 4), people, correlation=CORRELATION)
    assert draws is not None
    mean = rng.normal(0, 1, (8, 4))
    season = np.array([0.0, 3.0, -2.0, 40.0])
    plain, moved = (schedule_estimate(PlacePeriods(each, people, 1.0), draws)
                    for each in (mean, mean + season))  # fmt: skip
    assert plain is not None
    assert moved is not None
    assert moved.effect.estimate == pytest.approx(plain.effect.estimate)
    assert moved.effect.p == plain.effect.p
    assert schedule_estimate(PlacePeriods(mean, people, 0.0), draws) is None
    # Nobody before the last date, when all have switched; and nobody at all.
    late = people * (np.arange(4) == 3)
    assert wedge_draws(treated_by(switch, 4), late, correlation=CORRELATION) is None
    assert wedge_draws(treated_by(switch, 4), 0 * people, correlation=1.0) is None


def test_a_trial_that_ends_early_is_read_with_the_periods_it_has() -> None:
    """And an outcome of 10¹⁵ is a number like any other."""
    switch, people = switches((3, 3, 2)), np.full((8, 4), 5)
    people[:, 2:] = 0
    draws = wedge_draws(treated_by(switch, 4), people, correlation=CORRELATION)
    assert draws is not None
    mean = 1e15 * (exposures(switch, 4) > 0) * (people > 0)
    found = schedule_estimate(PlacePeriods(mean, people, 1e30), draws)
    assert found is not None
    assert found.effect.estimate == pytest.approx(1e15)
    # Of 56 choices of the first three places, each ten times.
    assert found.effect.p == pytest.approx(1 / 56)


def test_more_questions_need_more_divisions() -> None:
    assert division_count((4, 4)) == 70
    found = [
        smallest_wedge_effect(
            (4, 4), PEOPLE, correlation=CORRELATION, variation=0.4, questions=each
        ).every_day
        for each in (1, 4)
    ]
    assert found[0] is not None
    assert found[1] is None


@lru_cache
def drawn_trial(places: tuple[int, ...]) -> tuple[Integers, Integers, ScheduleDraws]:
    """Uneven places: when they switch, their people, and the divisions that are compared."""
    rng = np.random.default_rng(SEED)
    many, periods = sum(places), len(places) + 1
    switch = rng.permutation(switches(places))
    sizes = rng.gamma(1 / VARIATION**2, PEOPLE * VARIATION**2, (many, 1)).round()
    people = np.maximum(1, np.broadcast_to(sizes, (many, periods))).astype(np.int64)
    draws = wedge_draws(treated_by(switch, periods), people, correlation=CORRELATION)
    assert draws is not None
    return switch, people, draws


def concluded(
    places: tuple[int, ...], effect: float, growth: float, trials: int
) -> tuple[float, float, float]:
    """The share of trials that conclude; the same if the calendar and the likeness of places were
    ignored; and the mean estimate. Outcomes drift by a tenth of a deviation a period."""
    rng = np.random.default_rng(SEED)
    switch, people, draws = drawn_trial(places)
    since = exposures(switch, people.shape[1])
    naive, naive_error = no_periods(since > 0, people)
    true = effect * (since > 0) + growth * since + 0.1 * np.arange(people.shape[1])
    found = wrong = total = 0.0
    for _ in range(trials):
        mean = rng.normal(0, sqrt(CORRELATION), (len(switch), 1)) + true
        mean += rng.normal(0, 1, people.shape) * np.sqrt((1 - CORRELATION) / people)
        each = schedule_estimate(PlacePeriods(mean, people, 1.0), draws)
        assert each is not None
        found += each.effect.p <= 0.05
        total += each.effect.estimate
        wrong += abs((naive * mean).sum()) > 1.96 * naive_error
    return found / trials, wrong / trials, total / trials


def no_periods(treated: Booleans, people: Integers) -> tuple[Floats, float]:
    """The weights and the error of a model without the calendar."""
    model = np.stack([np.ones(people.shape), treated.astype(np.float64)], axis=2)
    found = contrast_weights(model, people, np.eye(2)[1], correlation=CORRELATION)
    assert found is not None
    return found.weights, sqrt(found.variance)


@pytest.mark.deep
@pytest.mark.parametrize("places", [(3, 3, 2), (3, 3, 3, 3), (6, 6, 6)])
def test_wedges_have_the_promised_error_and_power(
    places: tuple[int, ...], record_property: Callable[[str, object], None]
) -> None:
    trials = sized(40, deep=4_000)
    noise = 3 * sqrt(0.05 * 0.95 / trials), 3 * sqrt(0.8 * 0.2 / trials)
    promised = smallest_wedge_effect(
        places, PEOPLE, correlation=CORRELATION, variation=VARIATION, binary=False
    ).every_day
    assert promised is not None
    error, naive, _ = concluded(places, 0.0, 0.0, trials)
    power, _, _ = concluded(places, promised, 0.0, trials)
    # 0.2 for each period since the switch: the mean over what is seen beside places that wait.
    _, _, growing = concluded(places, 0.0, 0.2, trials // 4)
    expected = 0.2 * len(places) / 2
    record_property("promised, deviations", round(float(promised), 2))
    for name, value in (("error", error), ("error, no calendar", naive), ("power", power)):
        record_property(f"{name}, %", round(100 * float(value), 1))
    record_property("growing effect, its mean", f"{growing:.2f} of {expected:.2f}")
    assert error <= 0.05 + noise[0]
    assert power >= 0.8 - noise[1]
    # The error of one estimate is less than half of what is promised.
    assert abs(growing - expected) <= 2 * promised / sqrt(trials // 4)
