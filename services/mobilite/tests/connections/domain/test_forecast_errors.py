"""The histograms of forecast errors: what holds for any calls."""

from typing import Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobilite.connections.domain.forecast_errors import (
    ARRIVAL,
    BIN,
    BINS,
    DEPARTURE,
    EARLIEST,
    HORIZONS,
    LATEST,
    LEAST_OBSERVATIONS,
    REGION,
    SCHEDULED,
    CallError,
    ForecastErrors,
    Line,
    ObservedCall,
    bin_of,
    category_of,
    levels_of,
    merge,
)
from mobilite.gtfs.domain.ids import FeedId
from socle.testing import sized

NOW: Final = 1_772_434_800
DAY: Final = 86_400
TRAM, BUS = Line(FeedId("tao"), "A", 0), Line(FeedId("tao"), "2", 1)
COACH = Line(FeedId("remi"), "8", -1)

observed_calls = st.builds(
    ObservedCall,
    st.sampled_from([TRAM, BUS, COACH]),
    st.booleans(),
    st.lists(
        st.builds(
            CallError,
            st.sampled_from([ARRIVAL, DEPARTURE]),
            st.integers(0, SCHEDULED),
            st.integers(-5000, 5000),
        ),
        max_size=4,
    ).map(tuple),
)


def calls(line: Line, count: int, seconds: int = 0, *, peak: bool = False) -> list[ObservedCall]:
    """So many calls of a line whose timetable was wrong by that much."""
    errors = tuple(CallError(event, SCHEDULED, seconds) for event in (ARRIVAL, DEPARTURE))
    return [ObservedCall(line, peak, errors)] * count


def counted(errors: ForecastErrors) -> dict[object, list[float]]:
    return {level: counts.ravel().tolist() for level, counts in errors.counts.items()}


@settings(max_examples=sized(40, deep=400), deadline=None)
@given(st.lists(observed_calls, max_size=30), st.integers(0, 30))
def test_calls_counted_apart_and_merged_are_those_counted_together(
    observed: list[ObservedCall], cut: int
) -> None:
    together = ForecastErrors().with_calls(observed, NOW)
    one = ForecastErrors().with_calls(observed[:cut], NOW)
    other = ForecastErrors().with_calls(observed[cut:], NOW)
    assert counted(merge([one, other])) == counted(together)
    assert counted(other.merged(one)) == counted(together)


@settings(max_examples=sized(40, deep=400), deadline=None)
@given(st.lists(observed_calls, max_size=30))
def test_each_level_has_every_error_below_it_once(observed: list[ObservedCall]) -> None:
    errors = ForecastErrors().with_calls(observed, NOW)
    expected = sum(len(call.errors) for call in observed)
    region = errors.counts.get(REGION)
    assert (0 if region is None else region.sum()) == expected
    for line in (TRAM, BUS, COACH):
        own = [call for call in observed if call.line == line]
        peak, _ = levels_of(line, True)[0]
        every, _ = levels_of(line, True)[1]
        for level, count in (
            (every, sum(len(call.errors) for call in own)),
            (peak, sum(len(call.errors) for call in own if call.peak)),
        ):
            assert errors.counts.get(level, np.zeros(1)).sum() == count


@given(st.integers(-(10**6), 10**6))
def test_an_error_is_in_the_bin_whose_middle_is_nearest(seconds: int) -> None:
    middle = EARLIEST + (bin_of(seconds) - 1) * BIN
    if EARLIEST <= seconds <= LATEST:
        assert abs(middle - seconds) <= BIN / 2
    else:
        edge = EARLIEST if seconds < 0 else LATEST
        assert bin_of(seconds) in (bin_of(edge), 0 if seconds < 0 else BINS - 1)


@pytest.mark.parametrize(
    ("ahead", "category"),
    [(-30, 0), (0, 0), (209, 0), (211, 1), (1800, 5), (3600, 7), (90_000, 7), (None, SCHEDULED)],
)
def test_a_prediction_is_of_the_nearest_horizon(ahead: int | None, category: int) -> None:
    assert category_of(ahead) == category
    assert len(HORIZONS) == SCHEDULED


def test_the_narrowest_level_with_enough_calls_counts() -> None:
    def basis(errors: ForecastErrors, line: Line, *, peak: bool) -> tuple[str, int] | None:
        found = errors.sample(line, peak=peak, event=ARRIVAL, category=SCHEDULED)
        return found and (found.basis, found.observations)

    few = ForecastErrors().with_calls(calls(TRAM, LEAST_OBSERVATIONS - 1), NOW)
    assert basis(few, TRAM, peak=False) is None
    enough = few.with_calls(calls(BUS, 1), NOW)
    assert basis(enough, TRAM, peak=False) == ("feed", LEAST_OBSERVATIONS)
    # A feed without real time has what is known of the region.
    assert basis(enough, COACH, peak=False) == ("region", LEAST_OBSERVATIONS)
    # Off-peak calls of the line count at peak hours too, until there are enough of these.
    line = enough.with_calls(calls(TRAM, 1), NOW)
    assert basis(line, TRAM, peak=True) == ("route", LEAST_OBSERVATIONS)
    peak = line.with_calls(calls(TRAM, 100, peak=True), NOW)
    assert basis(peak, TRAM, peak=True) == ("route", 100)
    assert basis(peak, TRAM, peak=False) == ("route", LEAST_OBSERVATIONS)
    assert peak.sample(TRAM, peak=True, event=ARRIVAL, category=0) is None


def test_half_of_the_weight_is_gone_after_two_weeks_and_all_in_the_end() -> None:
    errors = ForecastErrors().with_calls(calls(TRAM, 100), NOW)
    assert errors.faded(NOW + DAY - 1) is errors
    later = errors
    for day in range(1, 15):
        later = later.faded(NOW + day * DAY + 60)
    assert later.counts[REGION].sum() == pytest.approx(100, abs=0.1)  # two events a call
    found = later.sample(TRAM, peak=False, event=ARRIVAL, category=SCHEDULED)
    assert found is not None
    assert found.observations == 50
    assert not later.faded(NOW + 400 * DAY).counts


def test_a_change_leaves_the_errors_before_as_they_were() -> None:
    before = ForecastErrors().with_calls(calls(TRAM, 3), NOW)
    frozen = counted(before)
    after = before.with_calls([*calls(TRAM, 2), *calls(COACH, 1)], NOW)
    assert counted(before) == frozen
    assert after.counts[REGION].sum() == 12
