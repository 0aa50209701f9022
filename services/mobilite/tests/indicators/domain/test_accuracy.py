"""The accuracy of predictions: a few calls by hand, then what holds for all."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobilite.indicators.domain.accuracy import (
    HORIZONS,
    LARGEST,
    UNKNOWN,
    WINDOWS,
    Accuracy,
    ErrorCounts,
    count_errors,
    join_counts,
    measure_accuracy,
)

AT = 1_772_440_000


def counts(*calls: tuple[int, ...]) -> ErrorCounts:
    """Of calls that all happen at `AT`: their errors by horizon, where there are any."""
    forecasts = np.full((len(calls), len(HORIZONS)), UNKNOWN, np.int64)
    for row, errors in enumerate(calls):
        forecasts[row, : len(errors)] = AT - np.array(errors, np.int64)
    group = np.zeros(len(calls), np.int64)
    return count_errors(group, np.full(len(calls), AT, np.int64), forecasts)


def at_two(*errors: int) -> Accuracy:
    return measure_accuracy(counts(*[(error,) for error in errors]), 0)[0]


def test_the_figures_of_ten_predictions() -> None:
    found = at_two(-100, -31, -30, 0, 5, 10, 60, 90, 91, 300)
    assert found == Accuracy(2, 10, 0.6, 5, -100, 91, 100)


@pytest.mark.parametrize("horizon", HORIZONS)
def test_both_ends_of_a_window_are_accurate(horizon: int) -> None:
    window, place = WINDOWS[horizon], HORIZONS.index(horizon)
    for error, accurate in (
        (-window.early - 1, 0.0),
        (-window.early, 1.0),
        (window.late, 1.0),
        (window.late + 1, 0.0),
    ):
        errors = (0,) * place + (error,)
        assert measure_accuracy(counts(errors), 0)[place].accurate == accurate


def test_without_a_forecast_there_is_no_figure() -> None:
    two, five, *others = measure_accuracy(counts((10, -20), (30,)), 0)
    assert (two.n, five.n, five.median) == (2, 1, -20)
    assert all(each == Accuracy(each.horizon, 0, *[None] * 5) for each in others)


def test_a_call_that_was_not_observed_counts_nothing() -> None:
    forecasts = np.full((1, len(HORIZONS)), AT, np.int64)
    unseen = count_errors(np.zeros(1, np.int64), np.array([UNKNOWN]), forecasts)
    assert len(unseen.calls) == 0
    assert measure_accuracy(unseen, 0)[0].n == 0


ERRORS = st.lists(st.integers(-5_000, 5_000), min_size=1, max_size=60)


@given(ERRORS)
def test_percentiles_are_errors_that_so_many_do_not_exceed(errors: list[int]) -> None:
    found = at_two(*errors)
    clipped = sorted(min(max(each, -LARGEST), LARGEST) for each in errors)
    for value, percent in ((found.low, 10), (found.median, 50), (found.high, 90)):
        assert value in clipped
        assert sum(each <= value for each in clipped) * 100 >= percent * len(clipped)
        assert sum(each < value for each in clipped) * 100 < percent * len(clipped)
    assert found.absolute in [abs(each) for each in clipped]


@given(ERRORS, ERRORS)
def test_the_counts_of_two_days_add_up(first: list[int], second: list[int]) -> None:
    joined = join_counts(*(counts(*[(each,) for each in day]) for day in (first, second)))
    assert measure_accuracy(joined, 0)[0] == at_two(*first, *second)


@given(ERRORS)
def test_groups_do_not_mix(errors: list[int]) -> None:
    one = counts(*[(each,) for each in errors])
    other = one._replace(group=one.group + 1, error=one.error // 2)
    assert measure_accuracy(join_counts(one, other), 0)[0] == at_two(*errors)
