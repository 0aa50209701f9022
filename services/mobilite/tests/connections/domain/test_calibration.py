"""Probabilities and how often connections are caught, on simulated delays."""

from itertools import pairwise
from typing import Final

import numpy as np
import pytest
from numpy.typing import NDArray

from mobilite.connections.domain.connection import TIGHT, Forecast, assess_connection
from mobilite.connections.domain.forecast_errors import (
    ARRIVAL,
    DEPARTURE,
    HORIZONS,
    LEAST_OBSERVATIONS,
    SCHEDULED,
    CallError,
    ForecastErrors,
    Line,
    ObservedCall,
)
from mobilite.gtfs.domain.ids import FeedId
from socle.testing import sized

NOW: Final = 1_772_434_800
LINES: Final = (Line(FeedId("tao"), "A", 0), Line(FeedId("remi"), "8", 1))
TRAINED: Final = sized(1_500, deep=40_000)
TRIED: Final = sized(4_000, deep=200_000)

Seconds = NDArray[np.int64]


def draw(rng: np.random.Generator, line: int, category: int, count: int) -> Seconds:
    """Errors of forecasts: the longer ahead the larger, mostly late, sometimes very late; the
    second line is the less punctual one."""
    spread = 25 * (1 + category) * (1 + line)
    usual = rng.gamma(2.0, spread / 2, count) - spread * 0.8
    incident = (rng.random(count) < 0.04) * rng.uniform(120, 1500, count)
    errors: Seconds = np.rint(usual + incident).astype(np.int64)
    return errors


def observe(rng: np.random.Generator, categories: tuple[int, int], count: int) -> ForecastErrors:
    """What is learned from so many calls of each line."""
    calls = [
        ObservedCall(line, False, (CallError(event, category, seconds),))
        for number, (line, event, category) in enumerate(
            zip(LINES, (ARRIVAL, DEPARTURE), categories, strict=True)
        )
        for seconds in draw(rng, number, category, count).tolist()
    ]
    return ForecastErrors().with_calls(calls, NOW)


def probability(errors: ForecastErrors, categories: tuple[int, int], slack: int) -> float:
    ahead = [None if each == SCHEDULED else HORIZONS[each] for each in categories]
    both = [Forecast(line, False, each) for line, each in zip(LINES, ahead, strict=True)]
    found = assess_connection(errors, both[0], both[1], slack, TIGHT).probability
    assert found is not None
    return found


@pytest.mark.deep
@pytest.mark.parametrize("categories", [(0, 0), (1, 3), (SCHEDULED, SCHEDULED)])
def test_connections_are_caught_as_often_as_announced(categories: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    errors = observe(rng, categories, TRAINED)
    slacks = rng.integers(0, 600, TRIED)
    announced = {slack: probability(errors, categories, slack) for slack in range(600)}
    expected = np.array([announced[slack] for slack in slacks.tolist()])
    late, later = (draw(rng, number, category, TRIED) for number, category in enumerate(categories))
    caught = late <= later + slacks
    for low, high in pairwise((0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 1.0001)):
        chosen = (low <= expected) & (expected < high)
        count = int(chosen.sum())
        if count < 50:
            continue
        # Three standard errors of what is tried, and of what was trained.
        tolerance = 1.5 * (count**-0.5 + TRAINED**-0.5) + 0.01
        assert abs(caught[chosen].mean() - expected[chosen].mean()) < tolerance, (low, count)


@pytest.mark.deep
def test_the_fewest_observations_are_within_eight_points_two_times_in_three() -> None:
    rng = np.random.default_rng(2)
    truth = probability(observe(rng, (1, 1), sized(4_000, deep=40_000)), (1, 1), 0)
    drawn = [
        probability(observe(rng, (1, 1), LEAST_OBSERVATIONS), (1, 1), 0)
        for _ in range(sized(60, deep=1_000))
    ]
    assert 0.3 < truth < 0.7
    within = np.mean([abs(each - truth) <= 0.08 for each in drawn])
    assert within >= 0.66
