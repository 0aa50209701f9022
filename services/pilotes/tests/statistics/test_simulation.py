"""Two thousand trials with daily looks: false alarms, the promised power, broken draws.

Seeded: a failure is the same tomorrow. The limits are beyond the sampling error of 2,000 trials.
"""

from math import sqrt

import numpy as np
import numpy.typing as npt
import pytest
from simulated_trials import Arms, people, shares

from pilotes.statistics.domain.difference import Difference, difference
from pilotes.statistics.domain.power import smallest_effect
from pilotes.statistics.domain.sample_ratio import ALARM, log_mismatch_e_value
from pilotes.statistics.domain.verdict import verdict_signs

TRIALS, DAYS, SEED = 2_000, 30, 20_261_125
NOISE = 3 * sqrt(0.05 * 0.95 / TRIALS)


def looked_at_daily(trials: Arms, *, binary: bool, direction: str = "up") -> npt.NDArray[np.int64]:
    """Of each trial: the first conclusion on any day, 0 where there never was one."""
    found = difference(
        trials.arm, trials.control, planned=float(trials.drawn[0, -1].sum()), binary=binary
    )
    seen = verdict_signs(found, direction)  # type: ignore[arg-type]
    first = (seen != 0).argmax(axis=1)
    return seen[np.arange(len(seen)), first]


@pytest.mark.parametrize("per_day", [2, 4, 20, 200])
@pytest.mark.parametrize("share", [0.5, 0.1, 0.02])
def test_null_trials_are_called_false_at_most_five_times_in_a_hundred(
    per_day: int, share: float
) -> None:
    rng = np.random.default_rng(SEED)
    trials = shares(rng, trials=TRIALS, days=DAYS, per_day=per_day, arm=share, control=share)
    assert (looked_at_daily(trials, binary=True) != 0).mean() <= 0.05


def test_looking_daily_at_ordinary_intervals_would_be_wrong_many_times_more() -> None:
    """The same trials with the textbook's interval: the simulation can fail."""
    rng = np.random.default_rng(SEED)
    trials = shares(rng, trials=TRIALS, days=DAYS, per_day=40, arm=0.5, control=0.5)
    found = difference(trials.arm, trials.control, planned=1200.0, binary=True)
    assert (np.abs(found.estimate / found.error) > 1.96).any(axis=1).mean() > 0.20


@pytest.mark.parametrize("law", ["counts", "skewed", "scores"])
def test_null_trials_of_any_outcome_are_called_false_as_rarely(law: str) -> None:
    rng = np.random.default_rng(SEED)
    shape = (TRIALS, 600)
    outcome = {
        "counts": lambda: rng.poisson(3.0, shape),
        "skewed": lambda: rng.negative_binomial(0.5, 0.1, shape),
        "scores": lambda: np.clip(rng.normal(70, 17, shape), 0, 100),
    }[law]().astype(np.float64)
    trials = people(rng, outcome, per_day=20)
    assert (looked_at_daily(trials, binary=False) != 0).mean() <= 0.05


def test_null_trials_stay_null_with_what_was_known_before() -> None:
    rng = np.random.default_rng(SEED)
    before = rng.poisson(4.0, (TRIALS, 600)).astype(np.float64)
    outcome = before + rng.normal(0, 1, before.shape)
    before[:, ::3] = np.nan
    trials = people(rng, outcome, before=before, per_day=20)
    assert (looked_at_daily(trials, binary=False) != 0).mean() <= 0.05


@pytest.mark.parametrize(("per_arm", "baseline"), [(60, 0.5), (250, 0.5), (990, 0.5), (510, 0.2)])
def test_true_effects_are_found_with_the_power_that_was_promised(
    per_arm: int, baseline: float
) -> None:
    promised = smallest_effect(per_arm, baseline=baseline, looks=DAYS)
    assert promised.every_day is not None
    rng = np.random.default_rng(SEED)
    trials = shares(
        rng,
        trials=TRIALS,
        days=DAYS,
        per_day=2 * per_arm // DAYS,
        arm=baseline + promised.every_day,
        control=baseline,
    )
    concluded = looked_at_daily(trials, binary=True)
    assert (concluded == 1).mean() >= promised.power - 3 * sqrt(0.8 * 0.2 / TRIALS)
    assert (concluded == -1).mean() <= 0.01


def test_means_are_found_with_the_power_that_was_promised() -> None:
    promised = smallest_effect(300, binary=False, looks=DAYS)
    assert promised.every_day is not None
    rng = np.random.default_rng(SEED)
    outcome = rng.normal(10, 3, (TRIALS, 600))
    trials = people(rng, outcome, 3 * promised.every_day, per_day=20)
    found = (looked_at_daily(trials, binary=False) == 1).mean()
    assert abs(found - promised.power) <= 4 * sqrt(0.8 * 0.2 / TRIALS)


def test_what_was_known_before_finds_smaller_effects_and_moves_none() -> None:
    rng = np.random.default_rng(SEED)
    before = rng.normal(10, 3, (TRIALS, 600))
    outcome = before + rng.normal(0, 1.5, before.shape)
    trials = people(rng, outcome, 0.6, before=before, per_day=20)
    blind = people(np.random.default_rng(SEED), outcome, 0.6, per_day=20)

    def at_the_end(some: Arms) -> Difference:
        return difference(some.arm, some.control, planned=600.0, binary=False)

    adjusted, plain = at_the_end(trials), at_the_end(blind)
    assert abs(float(adjusted.estimate[:, -1].mean()) - 0.6) < 0.02
    # 1 - r², r² = 9/(9 + 2.25)
    narrower = (adjusted.error[:, -1] / plain.error[:, -1]) ** 2
    assert abs(float(narrower.mean()) - 0.2) < 0.01
    assert (looked_at_daily(trials, binary=False) == 1).mean() > 0.95
    assert (looked_at_daily(blind, binary=False) == 1).mean() < 0.5


def test_intervals_hold_the_truth_on_every_day_at_once() -> None:
    rng = np.random.default_rng(SEED)
    trials = shares(rng, trials=TRIALS, days=DAYS, per_day=40, arm=0.35, control=0.30)
    found = difference(trials.arm, trials.control, planned=1200.0, binary=True)
    with np.errstate(invalid="ignore"):
        missed = (found.low > 0.05) | (found.high < 0.05)
    assert missed.any(axis=1).mean() <= 0.05


def test_a_sound_draw_is_called_broken_at_most_once_in_a_hundred() -> None:
    rng = np.random.default_rng(SEED)
    trials = shares(rng, trials=TRIALS, days=365, per_day=20, arm=0.5, control=0.5)
    alarms = log_mismatch_e_value(trials.drawn, [1, 1]) >= -np.log(ALARM)
    assert alarms.any(axis=1).mean() <= ALARM


def test_a_broken_draw_is_caught() -> None:
    """A hash that sends 45 in a hundred where 50 should go; one that never leaves control."""
    rng = np.random.default_rng(SEED)
    skewed = shares(
        rng, trials=TRIALS, days=DAYS, per_day=200, arm=0.5, control=0.5, drawn_to_arm=0.45
    )
    alarms = log_mismatch_e_value(skewed.drawn, [1, 1]) >= -np.log(ALARM)
    assert alarms.any(axis=1).mean() >= 0.99
    stuck = np.array([[0, n] for n in range(1, 30)])
    assert int((log_mismatch_e_value(stuck, [1, 1]) >= -np.log(ALARM)).argmax()) < 12
