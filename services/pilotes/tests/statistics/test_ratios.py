"""Ratios of sums: the delta method against its textbook form, and the errors that it makes."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from simulated_trials import Arms, Draw

from pilotes.statistics.domain.levels import mean_once
from pilotes.statistics.domain.ratios import ratio_difference, ratio_once
from pilotes.statistics.domain.sums import Sums
from pilotes.statistics.domain.verdict import verdict_signs

SEED = 20_261_128


def drawn(uses: Draw, successes: Draw, *, to_arm: float, days: int = 30) -> Arms:
    """Trials × people, drawn into the arm person by person: sums on each day."""
    arm = np.random.default_rng(SEED).random(uses.shape) < to_arm
    last = np.arange(uses.shape[1] // days - 1, uses.shape[1], uses.shape[1] // days)

    def sums(mask: npt.NDArray[np.bool_]) -> Sums:
        n, y, yy, x, xx, xy = (
            (np.asarray(each, dtype=np.float64) * mask).cumsum(axis=1)[:, last]
            for each in (
                np.ones_like(uses), successes, successes**2, uses, uses**2, uses * successes
            )
        )  # fmt: skip
        return Sums(n, y, yy, n, x, xx, xy, y)

    return Arms(sums(arm), sums(~arm), np.zeros((0,), dtype=np.int64))


def test_the_error_is_that_of_the_delta_method() -> None:
    """Var(R) = (s²ₓ - 2R·sₓd + R²·s²_d)/(n·d̄²), for many people."""
    rng = np.random.default_rng(SEED)
    variance, ratios, arms = 0.0, [], []
    for chance in (0.3, 0.4):
        uses = rng.poisson(4, 4_000).astype(np.float64)
        successes = rng.binomial(uses.astype(int), chance).astype(np.float64)
        covariance = np.cov(successes, uses)
        ratio = successes.sum() / uses.sum()
        spread = covariance[0, 0] - 2 * ratio * covariance[0, 1] + ratio**2 * covariance[1, 1]
        variance += spread / (4_000 * uses.mean() ** 2)
        ratios.append(ratio)
        arms.append(Sums.of(successes, uses))
    found = ratio_difference(arms[1], arms[0], planned=8_000.0)
    assert float(found.estimate) == pytest.approx(ratios[1] - ratios[0])
    assert float(found.error) == pytest.approx(variance**0.5, rel=1e-3)
    assert float(found.p) < 1e-6


def test_a_ratio_by_people_who_have_one_each_is_a_mean() -> None:
    outcome = np.random.default_rng(SEED).exponential(1, 50)
    found = ratio_once(Sums.of(outcome, np.ones(50)))
    same = mean_once(50, outcome.sum(), (outcome**2).sum())
    assert (found.low, found.estimate, found.high) == pytest.approx(
        (same.low, same.estimate, same.high)
    )


def test_a_heavy_user_does_not_decide() -> None:
    """500 uses of one person: to count uses as people would call that an effect."""
    uses = np.full((2, 60), 3.0)
    successes = np.tile([0.0, 1.0, 2.0], 20)
    heavy, light = uses[0].copy(), uses[1]
    heavy[0], many = 500.0, successes.copy()
    many[0] = 500.0
    found = ratio_difference(Sums.of(many, heavy), Sums.of(successes, light), planned=120.0)
    # Its mean denominator is not known well enough.
    assert np.isnan(float(found.estimate))
    assert float(found.p) == 1.0
    without_uses = ratio_difference(*(Sums.of(np.zeros(20), np.zeros(20)),) * 2, planned=40.0)
    assert np.isnan(float(without_uses.estimate))


@pytest.mark.parametrize("to_arm", [0.5, 0.1])
def test_null_ratios_read_every_day_conclude_rarely(
    to_arm: float, record_property: Callable[[str, object], None]
) -> None:
    """Log-normal uses, of which heavy users succeed more: the ratio and its weight go together."""
    rng = np.random.default_rng(SEED)
    uses = np.floor(rng.lognormal(1, 1, (400, 1_200)))
    successes = rng.binomial(uses.astype(int), np.where(uses > 6, 0.7, 0.1)).astype(np.float64)
    trials = drawn(uses, successes, to_arm=to_arm)
    found = ratio_difference(trials.arm, trials.control, planned=1_200.0)
    assert np.isfinite(found.error[:, -1]).mean() > 0.8
    error = (verdict_signs(found, "up") != 0).any(axis=1).mean()
    record_property("error", float(error))
    assert error <= 0.05
