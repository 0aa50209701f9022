"""The formulas of the lab against confseq, gbstats and lifelines (`docs/decisions/0092`).

Their values are stored: they need other versions of pandas than the platform. `make peers`
calculates them again, from the same inputs (`support/peer_statistics`), and fails if they differ.
"""

from collections.abc import Callable
from math import log

import numpy as np
import pytest
from peer_statistics import inputs, stored
from peer_statistics.inputs import ALPHA, FRACTIONS, LEVELS, PLANNED, TIMES, Arm

from pilotes.statistics.domain.bounded_means import log_evidence_against, mean_within_limits
from pilotes.statistics.domain.confidence_sequences import (
    half_width,
    information_at_plan,
    log_e_value,
)
from pilotes.statistics.domain.difference import MIN_PARTICIPANTS, Difference, difference
from pilotes.statistics.domain.levels import Interval, share_at_any_time
from pilotes.statistics.domain.log_gamma import log_gamma
from pilotes.statistics.domain.quantiles import student_quantile
from pilotes.statistics.domain.ratios import ratio_difference, ratio_once
from pilotes.statistics.domain.sample_ratio import AllocationPeriod, check_sample_ratio
from pilotes.statistics.domain.sums import Floats, Sums
from pilotes.statistics.domain.survival import retention

CONFSEQ, GBSTATS, LIFELINES = (peer["values"] for peer in stored.read().values())
PATHS = list(CONFSEQ["bounded means"])


def tuned_as_peers(alpha: float) -> Floats:
    """The fractions at which our sequence has the tuning of confseq and of gbstats: the first step
    of the iteration whose limit is ours."""
    information = log(1 - 2 * log(alpha)) - 2 * log(alpha)
    return np.array(FRACTIONS) * information / information_at_plan(alpha)


@pytest.mark.parametrize(
    ("alpha", "reference"), list(zip(LEVELS, CONFSEQ["normal mixture"], strict=True))
)
def test_a_confidence_sequence_has_the_boundary_of_the_normal_mixture(
    alpha: float, reference: list[float]
) -> None:
    assert half_width(tuned_as_peers(alpha), alpha) == pytest.approx(reference, rel=1e-9)
    # With our own tuning: narrower until the planned number, wider after it.
    ratio = half_width(FRACTIONS, alpha) / reference
    assert np.all(np.diff(ratio) > 0)
    assert 0.984 < ratio[0] < ratio[FRACTIONS.index(1.0)] < 1 < ratio[-1] < 1.002


def test_the_evidence_of_a_difference_is_that_of_the_normal_mixture() -> None:
    found = log_e_value(np.array(inputs.SCORES), tuned_as_peers(ALPHA)[:, None], ALPHA)
    assert found == pytest.approx(np.array(CONFSEQ["normal mixture, evidence"]), abs=1e-9)


def test_a_share_excludes_one_half_where_the_uniform_mixture_does() -> None:
    """The mixture of confseq is the uniform one against one half alone."""
    for n, evidence in enumerate(CONFSEQ["uniform mixture of one half"], start=1):
        for successes, reference in enumerate(evidence):
            found = share_at_any_time(successes, n)
            assert (not found.low <= 0.5 <= found.high) == (reference >= log(1 / ALPHA))


def own_intervals(path: list[float]) -> list[Interval]:
    return [
        mean_within_limits(
            n, sum(path[:n]), sum(y * y for y in path[:n]), limits=(0, 1), planned=PLANNED
        )
        for n in TIMES
    ]


@pytest.mark.parametrize("name", PATHS)
@pytest.mark.parametrize(
    ("method", "widths"),
    [
        ("betting", [(1.01, 1.20), (0.81, 1.16), (1.25, 1.86), (1.07, 1.49)]),
        ("empirical Bernstein, mixture", [(0.62, 1.06), (0.74, 1.05), (0.77, 1.05), (0.78, 1.06)]),
        ("empirical Bernstein, plug-in", [(0.74, 0.96), (0.58, 1.07), (0.76, 1.18), (0.64, 1.19)]),
        ("Hoeffding", [(0.69, 1.05), (0.42, 0.70), (0.42, 0.77), (0.50, 0.73)]),
    ],
)
def test_a_mean_within_limits_is_about_as_wide_as_other_methods(
    name: str, method: str, widths: list[tuple[float, float]]
) -> None:
    """Our width over that of the peer at the looks: the least and the greatest. The peer reads
    every outcome in its order, ours three sums."""
    path, truth = inputs.bounded_paths()[name]
    found, reference = own_intervals(path), CONFSEQ["bounded means"][name][method]
    ratios = []
    for each, (low, high) in zip(found, reference, strict=True):
        assert each.low <= truth <= each.high
        assert low <= truth <= high
        ratios.append((each.high - each.low) / (high - low))
    expected = widths[PATHS.index(name)]
    assert (min(ratios), max(ratios)) == pytest.approx(expected, abs=0.006)


@pytest.mark.parametrize(("at", "least", "greatest"), [(0, 0.75, 1.15), (1, 0.50, 1.23)])
def test_a_share_is_about_as_wide_as_that_of_a_tuned_mixture(
    at: int, least: float, greatest: float
) -> None:
    """The mixture of the peer is tuned to the planned number, ours to none."""
    path, truth = inputs.bounded_paths()[PATHS[at]]
    ratios = []
    for n, (low, high) in zip(TIMES, CONFSEQ["beta-binomial mixture"][at], strict=True):
        found = share_at_any_time(int(sum(path[:n])), n)
        assert max(low, found.low) <= truth <= min(high, found.high)
        ratios.append((found.high - found.low) / (high - low))
    assert (min(ratios), max(ratios)) == pytest.approx((least, greatest), abs=0.006)


@pytest.mark.parametrize("name", PATHS)
def test_evidence_from_sums_is_never_more_than_the_capital_of_the_same_bets(name: str) -> None:
    """Their product over people is the capital of which ours is a lower bound (Fan)."""
    path, truth = inputs.bounded_paths()[name]
    looks, n = np.array(TIMES) - 1, np.array(TIMES, dtype=np.float64)
    y, yy = np.cumsum(path)[looks], np.square(path).cumsum()[looks]
    means = inputs.means_around(truth)
    lost = []
    for mean, capital in zip(means, CONFSEQ["capital of constant bets"][name], strict=True):
        share = log_gamma(y + 1) + log_gamma(n - y + 1) - log_gamma(n + 2)
        share = share - y * np.log(mean) - (n - y) * np.log1p(-mean)
        reference = np.logaddexp(np.array(capital), share) - log(2)
        lost.append(reference - log_evidence_against(mean, n, y, yy, planned=PLANNED))
    assert np.min(lost) > -1e-9
    # Against the true mean, at most a factor of e.
    assert np.max(lost[means.index(truth)]) < 1


def sums(arm: Arm) -> Sums:
    return Sums.of(arm.outcome, arm.paired or None)


def difference_of(arms: tuple[Arm, Arm], *, binary: bool = False) -> Difference:
    return difference(*map(sums, arms), planned=PLANNED, binary=binary)


def difference_of_shares(arms: tuple[Arm, Arm]) -> Difference:
    return difference_of(arms, binary=True)


def difference_of_ratios(arms: tuple[Arm, Arm]) -> Difference:
    return ratio_difference(*map(sums, arms), planned=PLANNED)


Compared = Callable[[tuple[Arm, Arm]], Difference]
DIFFERENCES: dict[str, tuple[Compared, Callable[[], tuple[Arm, Arm]]]] = {
    "means": (difference_of, inputs.skewed_arms),
    "shares": (difference_of_shares, inputs.share_arms),
    "ratios": (difference_of_ratios, inputs.ratio_arms),
}


@pytest.mark.parametrize("name", DIFFERENCES)
def test_a_difference_has_the_error_of_growthbook(name: str) -> None:
    """Shares have one more success and failure, which 1,400 people do not notice."""
    compared, drawn = DIFFERENCES[name]
    found, reference = compared(drawn()), GBSTATS[name]
    assert float(found.estimate) == pytest.approx(reference["estimate"])
    assert float(found.error) == pytest.approx(reference["error"], rel=4e-4)
    assert float(found.freedom) == pytest.approx(reference["freedom"], rel=2e-4)


@pytest.mark.parametrize(("name", "parts"), [("means", 0.1), ("shares", 1.1), ("ratios", 0.1)])
def test_a_difference_at_any_time_is_the_sequential_one_of_growthbook(
    name: str, parts: float
) -> None:
    """`parts`: people that the regularisation of the variance amounts to."""
    compared, drawn = DIFFERENCES[name]
    arms = drawn()
    scale = tuned_as_peers(ALPHA)[FRACTIONS.index(1.0)]
    for n, reference in zip(TIMES, GBSTATS[f"{name} at any time"], strict=True):
        found = compared((arms[0].first(n // 2), arms[1].first(n // 2)))
        if np.isnan(found.estimate):
            # Ten people an arm, and a denominator that is known, are asked for.
            assert n < (100 if name == "ratios" else 2 * MIN_PARTICIPANTS)
            continue
        assert float(found.estimate) == pytest.approx(reference["estimate"])
        assert float(found.error) == pytest.approx(reference["error"], rel=parts / n)
        half = (reference["high"] - reference["low"]) / 2 / reference["error"]
        assert half_width(scale * n / PLANNED, ALPHA) == pytest.approx(half, rel=1e-9)
        assert float(found.p) == pytest.approx(reference["p"], rel=0.02)


def test_the_error_of_a_small_arm_is_that_of_both_arms_or_there_is_none() -> None:
    """Where gbstats takes the variance of the small arm for known (decision 81)."""
    arm, control = inputs.skewed_arms()
    few, more = (difference_of((arm.first(n), control)) for n in inputs.SMALL_ARMS)
    assert np.isnan(few.estimate)
    reference = GBSTATS["means of a small arm"][1]
    assert float(more.estimate) == pytest.approx(reference["estimate"])
    together = np.var([*arm.outcome[: inputs.SMALL_ARMS[1]], *control.outcome], ddof=1)
    least = (together * (1 / inputs.SMALL_ARMS[1] + 1 / len(control.outcome))) ** 0.5
    assert float(more.error) >= max(least, reference["error"]) * (1 - 1e-3)


def test_an_adjusted_difference_is_close_to_that_of_growthbook() -> None:
    """Our θ is fitted within the arms, that of the peer over both, which takes a little of the
    effect. Two parts of the variance without adjustment stay in ours: 2 % of the error here."""
    none, some = GBSTATS["adjusted"]
    found = [difference_of(inputs.adjusted_arms(effect)) for effect in inputs.EFFECTS]
    for own, reference in zip(found, (none, some), strict=True):
        assert float(own.estimate) == pytest.approx(reference["estimate"], abs=0.005)
        assert 1 < float(own.error) / reference["error"] < 1.025
    assert float(found[0].theta) == pytest.approx(float(found[1].theta), abs=1e-9)
    assert float(found[0].theta) == pytest.approx(none["theta"], abs=1e-3)
    assert some["theta"] < none["theta"] - 0.01


def test_the_sample_ratio_of_a_single_look_is_that_of_growthbook() -> None:
    for (people, weights), reference in zip(
        inputs.ALLOCATIONS, GBSTATS["sample ratio"], strict=True
    ):
        found = check_sample_ratio([AllocationPeriod(people, weights)])
        assert found.once == pytest.approx(reference, rel=1e-9)
        # What holds at any time is never less careful.
        assert found.p > found.once


def test_a_share_of_uses_has_the_variance_of_growthbook_s_clusters() -> None:
    for arm, reference in zip(inputs.ratio_arms(), GBSTATS["clustered share"], strict=True):
        found = ratio_once(sums(arm))
        error = (found.high - found.low) / 2 / student_quantile(0.95, len(arm.outcome) - 1)
        assert error**2 == pytest.approx(reference, rel=1e-8)


def test_how_long_people_stay_is_the_curve_of_lifelines() -> None:
    for people, curves in zip(inputs.COHORTS, LIFELINES["Kaplan-Meier"], strict=True):
        for alpha, reference in zip(LEVELS, curves, strict=True):
            steps = retention(*inputs.stays(people), alpha)
            found = [[s.day, s.at_risk, s.left, s.share, s.low, s.high] for s in steps]
            assert np.array(found) == pytest.approx(np.array(reference), abs=1e-9)


def test_a_value_that_the_peers_calculate_otherwise_is_found() -> None:
    then = {"a": {"version": "1", "values": [1.0, [0.0, True]]}}
    assert stored.differences(then, then) == []
    for now in (
        {"a": {"version": "2", "values": [1.0, [0.0, True]]}},
        {"a": {"version": "1", "values": [1.0, [1e-6, True]]}},
        {"a": {"version": "1", "values": [1.0, [0.0]]}},
        {"a": {"version": "1", "values": [1.0, [0.0, False]]}},
        {"b": then["a"]},
    ):
        assert len(stored.differences(now, then)) == 1
