"""Each formula against another calculation: SciPy's, or the definition, enumerated."""

from itertools import product
from math import lgamma, log
from types import ModuleType

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pilotes.statistics.domain.confidence_sequences import (
    half_width,
    information_at_plan,
    log_e_value,
)
from pilotes.statistics.domain.difference import MIN_PARTICIPANTS, difference
from pilotes.statistics.domain.look_recursion import crossing_probabilities
from pilotes.statistics.domain.multiplicity import holm
from pilotes.statistics.domain.power import daily_schedule, smallest_effect
from pilotes.statistics.domain.sample_ratio import (
    AllocationPeriod,
    check_sample_ratio,
    log_mismatch_e_value,
)
from pilotes.statistics.domain.sums import Sums
from pilotes.statistics.domain.verdict import (
    GuardrailState,
    IndicatorVerdict,
    judge_difference,
    judge_guardrail,
)


def test_the_bound_is_narrowest_where_it_was_planned() -> None:
    x = information_at_plan(0.05)
    near = [(1 + y) / y * log((1 + y) / 0.0025) for y in (x * 0.98, x, x * 1.02)]
    assert near[1] == min(near)
    assert float(half_width(1.0, 0.05)) / 1.96 == pytest.approx(1.55, abs=0.005)


@given(st.floats(0.01, 20), st.floats(-30, 30), st.sampled_from([0.05, 0.01]))
def test_the_interval_excludes_nothing_exactly_where_the_evidence_is_enough(
    fraction: float, z: float, alpha: float
) -> None:
    outside = abs(z) - float(half_width(fraction, alpha))
    assume(abs(outside) > 1e-9)
    assert (float(log_e_value(z, fraction, alpha)) >= -log(alpha)) == (outside > 0)


_outcomes = st.lists(st.integers(0, 30), min_size=MIN_PARTICIPANTS, max_size=60)


@given(_outcomes, _outcomes, st.data())
def test_the_adjusted_difference_is_that_of_least_squares_within_arms(
    arm: list[int], control: list[int], data: st.DataObject
) -> None:
    befores = [
        np.array(data.draw(st.lists(st.integers(0, 9), min_size=len(each), max_size=len(each))))
        for each in (arm, control)
    ]
    within = np.concatenate([each - each.mean() for each in befores])
    assume((within**2).sum() > 1)
    found = difference(
        Sums.of(arm, befores[0]), Sums.of(control, befores[1]), planned=100.0, binary=False
    )
    assume(not np.isnan(found.error))
    outcomes = np.concatenate([arm, control]).astype(float)
    design = np.column_stack(
        [np.ones(len(outcomes)), [1.0] * len(arm) + [0.0] * len(control), np.concatenate(befores)]
    )
    fitted = np.linalg.lstsq(design, outcomes, rcond=None)[0]
    assert float(found.estimate) == pytest.approx(fitted[1], abs=1e-6)
    assert float(found.theta) == pytest.approx(fitted[2], abs=1e-6)


@given(_outcomes, _outcomes, st.integers(-1000, 1000))
def test_the_before_counts_by_its_differences_alone(
    arm: list[int], control: list[int], shift: int
) -> None:
    """A constant added to everybody's outcome before enrolment changes nothing."""
    rng = np.random.default_rng(len(arm))
    befores = [rng.integers(0, 9, len(each)).astype(float) for each in (arm, control)]
    befores[0][:3] = np.nan
    found = [
        difference(
            Sums.of(arm, befores[0] + by),
            Sums.of(control, befores[1] + by),
            planned=90.0,
            binary=False,
        )
        for by in (0, shift)
    ]
    for field in ("estimate", "error", "low", "high", "theta"):
        one, other = (float(getattr(each, field)) for each in found)
        assert one == pytest.approx(other, abs=1e-5, nan_ok=True)


@given(_outcomes, _outcomes)
def test_tranches_add_up_to_the_total(first: list[int], second: list[int]) -> None:
    added, together = Sums.of(first) + Sums.of(second), Sums.of(first + second)
    for field in ("n", "y", "yy"):
        assert float(getattr(added, field)) == float(getattr(together, field))


def test_too_few_people_or_equal_outcomes_give_no_interval() -> None:
    few = difference(Sums.of_counts(9, 9), Sums.of_counts(50, 1), planned=100.0, binary=True)
    assert np.isnan(few.low)
    assert float(few.p) == 1.0
    same = difference(Sums.of([3.0] * 40), Sums.of([3.0] * 40), planned=80.0, binary=False)
    assert np.isnan(same.low)
    assert (
        judge_difference(same, "up", adjusted_p=float(same.p), comparable=True)
        is IndicatorVerdict.INCONCLUSIVE
    )
    apart = difference(Sums.of_counts(40, 0), Sums.of_counts(40, 40), planned=80.0, binary=True)
    assert float(apart.low) == -1.0
    assert float(apart.high) > -1.0


@given(st.lists(st.floats(0, 1), min_size=1, max_size=5))
def test_holm_rejects_what_its_definition_does(values: list[float]) -> None:
    """The closed test of Bonferroni's: a hypothesis is rejected when every set that contains it
    is."""
    adjusted = holm(values)
    numbers = range(len(values))
    for index in numbers:
        sets = [
            [at for at, chosen in zip(numbers, mask, strict=True) if chosen]
            for mask in product((0, 1), repeat=len(values))
            if mask[index]
        ]
        worst = max(min(1.0, len(each) * min(values[at] for at in each)) for each in sets)
        assert adjusted[index] == pytest.approx(worst)


@pytest.mark.parametrize(
    ("per_arm", "points"), [(30, 36), (60, 26), (100, 20), (250, 13), (1000, 6)]
)
def test_one_look_has_the_textbook_power_and_daily_looks_have_less(
    per_arm: int, points: int
) -> None:
    seen = smallest_effect(per_arm, baseline=0.5)
    assert seen.one_look is not None
    assert seen.every_day is not None
    assert round(100 * seen.one_look) == points
    assert seen.every_day > seen.one_look


def test_the_chance_of_crossing_is_that_of_walks_drawn() -> None:
    rng = np.random.default_rng(6)
    looks, drift = 12, 3.0
    walk = rng.normal(drift / looks, looks**-0.5, (200_000, looks)).cumsum(axis=1)
    times = np.arange(1, looks + 1) / looks
    z, edge = walk / np.sqrt(times), half_width(times, 0.05)
    crossed = np.abs(z) > edge
    first = crossed.argmax(axis=1)
    up = crossed.any(axis=1) & (z[np.arange(len(z)), first] > 0)
    assert crossing_probabilities(drift, *daily_schedule(looks, 0.05))[0] == pytest.approx(
        up.mean(), abs=0.005
    )


def test_an_effect_that_nothing_can_show_is_none() -> None:
    seen = smallest_effect(12, baseline=0.95)
    assert seen.every_day is None
    down = smallest_effect(100, baseline=0.95, direction="down").every_day
    assert down is not None
    assert down < 0.4


@given(st.lists(st.integers(0, 400), min_size=2, max_size=4))
def test_the_ratio_is_the_dirichlet_mixture_by_its_definition(
    stats: ModuleType, counts: list[int]
) -> None:
    weights = np.arange(1, len(counts) + 1, dtype=float)
    shares = weights / weights.sum()
    prior = 100 * shares
    marginal = lgamma(100) - lgamma(100 + sum(counts))
    marginal += sum(lgamma(a + c) - lgamma(a) for a, c in zip(prior, counts, strict=True))
    plain = sum(c * log(share) for c, share in zip(counts, shares, strict=True))
    assert float(log_mismatch_e_value(counts, weights)) == pytest.approx(marginal - plain, abs=1e-7)
    if sum(counts):
        once = check_sample_ratio([AllocationPeriod(tuple(counts), tuple(weights))]).once
        reference = stats.chisquare(counts, shares * sum(counts)).pvalue
        assert once == pytest.approx(reference, abs=1e-9)


def test_stretches_of_other_weights_are_judged_each_by_its_own() -> None:
    sound = check_sample_ratio(
        [AllocationPeriod((500, 500), (1, 1)), AllocationPeriod((900, 100), (9, 1))]
    )
    assert not sound.broken
    assert check_sample_ratio([AllocationPeriod((1400, 600), (1, 1))]).broken
    assert check_sample_ratio([AllocationPeriod((10, 1), (1, 0))]).broken
    assert not check_sample_ratio([AllocationPeriod((0, 0), (1, 1))]).broken


def test_a_guardrail_is_breached_when_the_complete_interval_is_beyond_it() -> None:
    assert judge_guardrail(-0.20, -0.06, direction="up", bound=-0.05) is GuardrailState.BREACHED
    assert judge_guardrail(-0.20, -0.04, direction="up", bound=-0.05) is GuardrailState.WATCHED
    assert judge_guardrail(-0.04, 0.10, direction="up", bound=-0.05) is GuardrailState.HELD
    assert judge_guardrail(0.06, 0.20, direction="down", bound=0.05) is GuardrailState.BREACHED
    assert judge_guardrail(-0.10, 0.04, direction="down", bound=0.05) is GuardrailState.HELD
    assert (
        judge_guardrail(float("nan"), float("nan"), direction="up", bound=0.0)
        is GuardrailState.WATCHED
    )


def test_a_trial_that_was_not_drawn_as_planned_concludes_nothing() -> None:
    found = difference(Sums.of_counts(500, 400), Sums.of_counts(500, 100), planned=1e3, binary=True)
    p = float(found.p)
    assert (
        judge_difference(found, "up", adjusted_p=p, comparable=True) is IndicatorVerdict.FAVOURABLE
    )
    assert (
        judge_difference(found, "down", adjusted_p=p, comparable=True)
        is IndicatorVerdict.UNFAVOURABLE
    )
    assert (
        judge_difference(found, "up", adjusted_p=p, comparable=False)
        is IndicatorVerdict.INCONCLUSIVE
    )
    assert (
        judge_difference(found, "up", adjusted_p=0.06, comparable=True)
        is IndicatorVerdict.INCONCLUSIVE
    )
