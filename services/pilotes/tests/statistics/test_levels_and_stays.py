"""Intervals, retention and scores against SciPy, or against their definition, enumerated."""

import warnings
from collections.abc import Iterable
from math import comb, log
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotes.statistics.domain import quantiles
from pilotes.statistics.domain.levels import mean_once, share_at_any_time, wilson
from pilotes.statistics.domain.survival import GAP_DAYS, days_stayed, retention
from pilotes.surveys.domain.scores import nps, sus


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 11, 19, 250])
def test_tails_are_those_of_scipy(stats: ModuleType, freedom: int) -> None:
    for value in (0.01, 0.7, 2.0, 9.0, 60.0):
        tail = stats.chi2.sf(value, freedom)
        assert quantiles.chi_square_tail(value, freedom) == pytest.approx(tail, abs=1e-12)
        inside = 1 - 2 * stats.t.sf(value, freedom)
        assert quantiles.student_two_sided(value, freedom) == pytest.approx(inside, abs=1e-12)
    for confidence in (0.5, 0.95, 0.999):
        t = stats.t.ppf((1 + confidence) / 2, freedom)
        assert quantiles.student_quantile(confidence, freedom) == pytest.approx(t, rel=1e-7)


@given(st.integers(1, 400), st.data())
def test_wilson_is_scipys(stats: ModuleType, n: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, n))
    own = wilson(successes, n)
    reference = stats.binomtest(successes, n).proportion_ci(method="wilson")
    assert (own.low, own.high) == pytest.approx((reference.low, reference.high), abs=1e-9)


@pytest.mark.parametrize("truth", [0.5, 0.2, 0.03])
def test_a_share_read_after_every_person_is_missed_by_few_histories(truth: float) -> None:
    """Enumerated, not drawn: the probability that the first 200 intervals all contain the truth."""
    chances, missed = {0: 1.0}, 0.0
    for n in range(1, 201):
        after: dict[int, float] = {}
        for ones, chance in chances.items():
            for one, weight in ((1, truth), (0, 1 - truth)):
                after[ones + one] = after.get(ones + one, 0.0) + chance * weight
        found = {ones: share_at_any_time(ones, n) for ones in after}
        chances = {
            ones: p for ones, p in after.items() if found[ones].low <= truth <= found[ones].high
        }
        missed += sum(p for ones, p in after.items() if ones not in chances)
    assert 0 < missed <= 0.05


@given(st.integers(1, 300), st.data())
def test_a_share_read_at_any_time_ends_at_its_likelihood_bound(n: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, n))
    found = share_at_any_time(successes, n)
    # ∫ p^s (1-p)^(n-s) dp = 1 / ((n + 1) C(n, s))
    mixture = -log(n + 1) - log(comb(n, successes))
    for edge in (found.low, found.high):
        if 0 < edge < 1:
            likelihood = successes * log(edge) + (n - successes) * log(1 - edge)
            assert mixture - likelihood == pytest.approx(log(20), abs=1e-2)
    assert found.low <= wilson(successes, n).low + 1e-9
    assert found.high >= wilson(successes, n).high - 1e-9


def test_a_mean_read_once_is_as_wide_as_in_the_usability_literature() -> None:
    for n, half in ((12, 10.8), (20, 8.0)):
        seen = mean_once(n, 70.0 * n, 17.0**2 * (n - 1) + 70.0**2 * n)
        assert seen.high - 70.0 == pytest.approx(half, abs=0.05)


@given(
    st.lists(st.tuples(st.integers(0, 40), st.booleans()), min_size=2, max_size=120).filter(
        lambda rows: any(gone for _, gone in rows)
    )
)
def test_retention_is_the_kaplan_meier_of_scipy(
    stats: ModuleType, rows: list[tuple[int, bool]]
) -> None:
    days, left = np.array([day for day, _ in rows]), np.array([gone for _, gone in rows])
    curve = stats.ecdf(stats.CensoredData.right_censored(days, ~left)).sf
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        wide = curve.confidence_interval(method="log-log")
    for step in retention(days, left):
        at = int(np.searchsorted(curve.quantiles, step.day))
        assert step.share == pytest.approx(curve.probabilities[at], abs=1e-12)
        if step.share > 0:
            assert step.low == pytest.approx(wide.low.probabilities[at], abs=1e-9)
            assert step.high == pytest.approx(wide.high.probabilities[at], abs=1e-9)


def stayed(days_used: Iterable[int], window: int) -> int:
    """The day a person left, by the definition; the window: later, or never."""
    came = {0, *days_used}
    for day in range(window):
        if day in came and not any(day < other < day + GAP_DAYS for other in came):
            return day
    return window


def days_of(*people: Iterable[int], window: int) -> list[int]:
    visited = np.zeros((len(people), window + GAP_DAYS), dtype=np.bool_)
    for row, days_used in enumerate(people):
        visited[row, list(days_used)] = True
    return days_stayed(visited, window).tolist()


def test_a_person_left_when_the_gap_is_over_and_not_before() -> None:
    people = ([0, 3, 9], [0, 20], [0, 13, 26, 39], [], [13, 14, 28, 41], [27, 28], [1, 13, 27])
    assert days_of(*people, window=28) == [9, 0, 28, 0, 14, 0, 13]
    assert days_of([0, 6, 20], [0, 6, 19], window=7) == [6, 7]


@given(st.lists(st.lists(st.integers(0, 41), max_size=20), min_size=1), st.integers(1, 28))
def test_many_people_s_stays_are_each_one_s(people: list[list[int]], window: int) -> None:
    seen = [[day for day in days_used if day < window + GAP_DAYS] for days_used in people]
    assert days_of(*seen, window=window) == [stayed(days_used, window) for days_used in seen]


def test_scores_are_those_of_their_authors() -> None:
    assert sus([5, 1] * 5) == 100.0
    assert sus([1, 5] * 5) == 0.0
    assert sus([3] * 10) == 50.0
    assert sus([4, 2, 4, 1, 5, 2, 4, 2, 4, 3]) == 77.5
    assert [nps(n) for n in (0, 6, 7, 8, 9, 10)] == [-100, -100, 0, 0, 100, 100]
    for wrong in ([3] * 9, [3] * 9 + [6], [3] * 9 + [0]):
        with pytest.raises(ValueError):
            sus(wrong)
    with pytest.raises(ValueError):
        nps(11)
