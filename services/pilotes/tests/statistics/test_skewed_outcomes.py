"""Skewed outcomes in small arms, and the level of each arm, on simulated trials.

Seeded. `make test-deep` draws more trials, and more designs.
"""

from collections.abc import Callable
from itertools import product
from math import exp, log

import numpy as np
import pytest
from simulated_trials import Draw, people

from pilotes.statistics.domain.bounded_means import log_evidence_against, mean_within_limits
from pilotes.statistics.domain.confidence_sequences import half_width
from pilotes.statistics.domain.difference import MIN_UNEVEN, difference
from pilotes.statistics.domain.levels import share_at_any_time
from pilotes.statistics.domain.sums import Sums
from pilotes.statistics.domain.verdict import verdict_signs
from socle.testing import one_size, sized

SEED = 20_261_128
Shape = tuple[int, int]
Law = Callable[[np.random.Generator, Shape], Draw]


def mostly_zeros(rng: np.random.Generator, shape: Shape) -> Draw:
    return np.where(rng.random(shape) < 0.1, rng.lognormal(0, 1, shape), 0.0)


LAWS: dict[str, Law] = {
    "log-normal": lambda rng, shape: rng.lognormal(0, 1, shape),
    "Pareto 2.1": lambda rng, shape: rng.pareto(2.1, shape) + 1,
    "nine zeros in ten": mostly_zeros,
    "Poisson 0.3": lambda rng, shape: rng.poisson(0.3, shape).astype(np.float64),
}


def conclusions(law: str, *, share: float, trials: int, effect: float = 0.0) -> tuple[float, float]:
    """Of trials of 2,400 people, looked at on 30 days: the shares that conclude, and whose
    guardrail of bound 0 is breached. `effect`: added for the arm, in means of the outcome."""
    rng = np.random.default_rng(SEED)
    outcome = LAWS[law](rng, (trials, 2_400))
    drawn = people(rng, outcome, effect * outcome.mean(), per_day=80, to_arm=share)
    found = difference(drawn.arm, drawn.control, planned=2_400.0, binary=False)
    with np.errstate(invalid="ignore"):
        breached = (found.low > 0).any(axis=1).mean(), (found.high < 0).any(axis=1).mean()
    concluded = (verdict_signs(found, "up") != 0).any(axis=1).mean()
    return float(concluded), float(max(breached))


@pytest.mark.parametrize("law", ["log-normal", "Pareto 2.1", "nine zeros in ten"])
def test_a_small_arm_of_a_skewed_outcome_is_called_false_as_rarely(law: str) -> None:
    concluded, breached = conclusions(law, share=0.05, trials=250)
    assert concluded <= 0.05
    assert breached <= 0.05


@pytest.mark.deep_only
@one_size
@pytest.mark.parametrize(("law", "share"), list(product(LAWS, (0.05, 0.1, 0.2, 0.3, 0.5))))
def test_arms_of_any_weight_are_called_false_as_rarely(
    law: str,
    share: float,
    record_property: Callable[[str, object], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The table of `docs/decisions/0081`: `--junitxml` writes it. `plain`: without the rule for
    uneven arms. `power`: the arm has half a mean more."""
    trials = 2_000
    wrong, power = (
        conclusions(law, share=share, trials=trials, effect=each) for each in (0.0, 0.5)
    )
    monkeypatch.setattr("pilotes.statistics.domain.difference._UNEVEN_SHARE", 0.0)
    plain, plain_power = (
        conclusions(law, share=share, trials=trials, effect=each)[0] for each in (0.0, 0.5)
    )
    for name, value in (
        ("wrong", wrong), ("plain", plain), ("power", power[0]), ("plain power", plain_power),
    ):  # fmt: skip
        record_property(name, value)
    assert max(wrong) <= 0.05


def test_a_small_arm_waits_for_more_people_before_its_mean_is_compared() -> None:
    rng = np.random.default_rng(SEED)
    control = Sums.of(rng.poisson(1.0, 2_000))
    few, enough = (Sums.of(np.full(n, 9.0)) for n in (MIN_UNEVEN - 1, MIN_UNEVEN))
    assert np.isnan(difference(few, control, planned=2_100.0, binary=False).low)
    assert float(difference(enough, control, planned=2_100.0, binary=False).low) > 0


CAPPED: dict[str, tuple[Law, float]] = {
    "log-normal up to 20": (
        lambda rng, shape: np.minimum(rng.lognormal(0, 1, shape), 20) / 20,
        0.0,
    ),
    "Poisson 0.3 up to 5": (lambda rng, shape: np.minimum(rng.poisson(0.3, shape), 5) / 5, 0.0),
    "a score that few give": (
        lambda rng, shape: (rng.random(shape) < 0.03).astype(np.float64),
        0.03,
    ),
}


@pytest.mark.deep
@pytest.mark.parametrize("law", CAPPED)
def test_the_mean_of_an_arm_read_after_every_person_is_missed_by_few_histories(
    law: str, record_property: Callable[[str, object], None]
) -> None:
    draw, truth = CAPPED[law]
    rng = np.random.default_rng(SEED)
    outcome = draw(rng, (sized(200, deep=4_000), 300))
    if not truth:
        truth = float(draw(np.random.default_rng(1), (2_000, 1_000)).mean())
    n, y, yy = np.arange(1.0, 301.0), outcome.cumsum(axis=1), (outcome**2).cumsum(axis=1)
    evidence = log_evidence_against(truth, n, y, yy, planned=200.0)
    missed = (evidence >= log(20)).any(axis=1).mean()
    # The asymptotic sequence on the same histories, from ten people on: the simulation can fail.
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.sqrt(np.maximum(yy - y * y / n, 0.0) / (n - 1) / n)
    outside = np.abs(y / n - truth) > half_width(n / 200, 0.05) * error
    asymptotic = outside[:, 9:].any(axis=1).mean()
    record_property("missed", float(missed))
    record_property("asymptotic", float(asymptotic))
    assert missed <= 0.05 < asymptotic


def test_the_evidence_starts_at_one_and_is_expected_not_to_grow() -> None:
    """Enumerated: the mean of the e-value over all outcomes of three people is 1 at most."""
    values, chances = np.array([0.0, 0.3, 1.0]), np.array([0.6, 0.3, 0.1])
    mean = float(values @ chances)
    expected = 0.0
    for drawn in product(range(3), repeat=3):
        y = values[list(drawn)]
        evidence = log_evidence_against(mean, 3, y.sum(), (y**2).sum(), planned=10.0)
        expected += float(chances[list(drawn)].prod()) * exp(float(evidence))
    assert 0.1 < expected <= 1


def test_a_mean_is_about_as_narrow_as_its_variance_allows() -> None:
    rng = np.random.default_rng(SEED)
    score = np.clip(rng.normal(70, 17, 1_000), 0, 100)
    found = mean_within_limits(1_000, score.sum(), (score**2).sum(), limits=(0, 100), planned=1_000)
    assert found.low < score.mean() < found.high
    once = 2 * 1.96 * score.std() / 1_000**0.5
    assert 1.5 * once < found.high - found.low < 2.2 * once
    # Of shares, the interval is close to the exact one.
    share, exact = (
        mean_within_limits(200, 60, 60, limits=(0, 1), planned=200),
        share_at_any_time(60, 200),
    )
    assert (share.low, share.high) == pytest.approx((exact.low, exact.high), abs=0.02)


@pytest.mark.parametrize(
    ("n", "total", "squares"),
    [(1, 10.0, 100.0), (40, 0.0, 0.0), (40, 400.0, 4000.0), (40, 200.0, 1000.0)],
)
def test_outcomes_that_are_all_equal_have_an_interval_within_their_limits(
    n: int, total: float, squares: float
) -> None:
    found = mean_within_limits(n, total, squares, limits=(0.0, 10.0), planned=100.0)
    assert 0 <= found.low <= found.estimate <= found.high <= 10
    assert found.high - found.low > 0


def test_an_outcome_that_is_too_great_to_be_true_concludes_nothing() -> None:
    rng = np.random.default_rng(SEED)
    control = rng.poisson(2.0, 300).astype(np.float64)
    arm = rng.poisson(2.0, 300).astype(np.float64)
    arm[7] = 1e15
    found = difference(Sums.of(arm), Sums.of(control), planned=600.0, binary=False)
    assert float(found.p) > 0.05
    assert float(found.low) < 0 < float(found.high)
    for same in (1e15, 0.1):
        alike = difference(
            Sums.of(np.full(60, same)), Sums.of(np.full(70, same)), planned=130.0, binary=False
        )
        assert float(alike.p) > 0.05
