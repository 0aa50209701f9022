"""The probability to catch a connection: what holds for any errors."""

from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from boards import paris
from hypothesis import given, settings
from hypothesis import strategies as st

from mobilite.connections.domain.connection import (
    TIGHT,
    Connection,
    Forecast,
    TightRules,
    assess_connection,
    catch_probability,
    is_peak,
)
from mobilite.connections.domain.forecast_errors import (
    ARRIVAL,
    BIN,
    BINS,
    DEPARTURE,
    EARLIEST,
    LATEST,
    SCHEDULED,
    CallError,
    Counts,
    ForecastErrors,
    Line,
    ObservedCall,
    bin_of,
)
from mobilite.gtfs.domain.ids import FeedId
from socle.testing import sized

NOW: Final = 1_772_434_800
TRAM, COACH = Line(FeedId("tao"), "A", 0), Line(FeedId("remi"), "8", -1)
middles = st.integers(EARLIEST // BIN, LATEST // BIN).map(lambda bins: bins * BIN)
error_lists = st.lists(middles, min_size=1, max_size=12)
any_errors = st.lists(st.integers(-2000, 4000), min_size=1, max_size=12)
slacks = st.integers(-1000, 3000)


def histogram(errors: list[int]) -> Counts:
    counts: Counts = np.zeros(BINS, np.float32)
    for error in errors:
        counts[bin_of(error)] += 1
    return counts


@settings(max_examples=sized(60, deep=1000), deadline=None)
@given(error_lists, error_lists, slacks)
def test_it_is_the_share_of_all_pairs_that_are_caught(
    arrivals: list[int], departures: list[int], slack: int
) -> None:
    pairs = [(late, later) for late in arrivals for later in departures]
    share = sum(late <= later + slack for late, later in pairs) / len(pairs)
    found = catch_probability(histogram(arrivals), histogram(departures), slack)
    assert found == pytest.approx(share, abs=1e-6)


@settings(max_examples=sized(60, deep=1000), deadline=None)
@given(any_errors, any_errors, slacks, st.integers(0, 500))
def test_more_time_never_makes_it_less_probable(
    arrivals: list[int], departures: list[int], slack: int, more: int
) -> None:
    columns = histogram(arrivals), histogram(departures)
    probability = catch_probability(*columns, slack)
    assert 0.0 <= probability <= catch_probability(*columns, slack + more) <= 1.0


@given(st.integers(EARLIEST, LATEST), st.integers(1, 100), slacks)
def test_it_is_certain_where_nothing_varies(error: int, count: int, slack: int) -> None:
    always = histogram([error] * count)
    assert catch_probability(always, always, slack) == (1.0 if slack >= 0 else 0.0)


@given(any_errors, slacks)
def test_what_is_beyond_all_bins_is_never_caught(errors: list[int], slack: int) -> None:
    assert catch_probability(histogram([LATEST + 60]), histogram(errors), slack) == 0.0
    assert catch_probability(histogram(errors), histogram([EARLIEST - 60]), slack) == 0.0


def observed(line: Line, arrival: int, departure: int, count: int) -> list[ObservedCall]:
    errors = (
        CallError(ARRIVAL, SCHEDULED, arrival),
        CallError(DEPARTURE, SCHEDULED, departure),
        CallError(ARRIVAL, 2, 0),
    )
    return [ObservedCall(line, False, errors)] * count


def forecast(line: Line, ahead: int | None = None) -> Forecast:
    return Forecast(line, False, ahead)


def test_a_probability_has_the_fewer_observations_and_the_wider_basis_of_both() -> None:
    calls = [*observed(TRAM, 0, 0, 60), *observed(TRAM, 300, 0, 40), *observed(COACH, 0, 0, 39)]
    errors = ForecastErrors().with_calls(calls, NOW)
    found = assess_connection(errors, forecast(TRAM), forecast(COACH), 120, TIGHT)
    # Of the coach alone too little is known; the region is both lines.
    assert found == Connection(120, pytest.approx(0.6), 100, "region", tight=True)
    predicted = assess_connection(errors, forecast(TRAM, 600), forecast(TRAM), 120, TIGHT)
    assert predicted == Connection(120, 1.0, 100, "route", tight=False)
    lenient = assess_connection(errors, forecast(TRAM), forecast(TRAM), 120, TightRules(0.5))
    assert not lenient.tight


@pytest.mark.parametrize(("slack", "tight"), [(-60, True), (119, True), (120, False)])
def test_without_observations_there_is_no_probability(slack: int, tight: bool) -> None:
    found = assess_connection(ForecastErrors(), forecast(TRAM), forecast(TRAM), slack, TIGHT)
    assert found == Connection(slack, None, 0, None, tight)


@pytest.mark.parametrize(
    ("time", "day", "peak"),
    [
        ("07:29:59", "2026-03-02", False),
        ("07:30:00", "2026-03-02", True),
        ("09:30:00", "2026-03-02", False),
        ("18:00:00", "2026-03-06", True),
        ("18:00:00", "2026-03-07", False),
    ],
)
def test_peak_hours_are_those_of_weekdays_at_the_stop(time: str, day: str, peak: bool) -> None:
    instant = int(paris(time, day).timestamp())
    assert is_peak(instant, ZoneInfo("Europe/Paris")) is peak
