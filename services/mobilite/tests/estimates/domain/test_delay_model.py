"""What is learned of delays: nothing without observations, and only what is better is published."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobilite.connections.domain.forecast_errors import Line
from mobilite.estimates.domain.delay_model import (
    FARTHEST,
    HORIZONS,
    LEAST_OBSERVATIONS,
    DelayModel,
    category_of,
)
from mobilite.gtfs.domain.ids import FeedId

A = Line(FeedId("f"), "a", 0)
B = Line(FeedId("f"), "b", 0)


def learned(count: int, gain: float, slope: float, line: Line = A, noise: float = 0) -> DelayModel:
    """A model after observations of ten minutes ahead."""
    model, random = DelayModel(), Random(1)
    for _ in range(count):
        delay = random.randrange(-60, 600)
        then = round(delay + gain + slope * delay + random.gauss(0, noise))
        model.observe(line, peak=False, ahead=700, delay=delay, then=then)
    return model


@given(st.integers(-3000, 3000), st.integers(0, FARTHEST))
def test_without_observations_the_estimate_is_the_last_delay(delay: int, ahead: int) -> None:
    assert DelayModel().estimate(A, peak=True, ahead=ahead, delay=delay) == delay
    assert not DelayModel().is_better(ahead)


@pytest.mark.parametrize(("gain", "slope"), [(0, -0.5), (90, 0), (-45, 0.3), (30, -1)])
def test_gain_and_slope_are_learned(gain: float, slope: float) -> None:
    model = learned(2000, gain, slope, noise=10)
    for delay in (0, 120, 480):
        expected = delay + gain + slope * delay
        assert model.estimate(A, peak=False, ahead=700, delay=delay) == pytest.approx(
            expected, abs=12
        )


def test_other_times_ahead_are_not_concerned() -> None:
    model = learned(2000, 90, 0)
    assert model.estimate(A, peak=False, ahead=200, delay=60) == 60
    assert model.is_better(700)
    assert not model.is_better(200)


def test_a_line_that_was_not_observed_is_estimated_as_its_feed() -> None:
    model = learned(2000, 90, 0)
    assert model.estimate(B, peak=True, ahead=700, delay=60) == pytest.approx(150, abs=5)


def test_a_line_differs_from_its_feed_once_it_is_observed() -> None:
    model, random = learned(2000, 90, 0), Random(2)
    for _ in range(200):
        delay = random.randrange(0, 300)
        model.observe(B, peak=False, ahead=700, delay=delay, then=delay - 60)
    assert model.estimate(B, peak=False, ahead=700, delay=100) < 60
    assert model.estimate(A, peak=False, ahead=700, delay=100) > 170


def test_nothing_is_published_before_enough_observations() -> None:
    assert not learned(LEAST_OBSERVATIONS - 30, 90, 0).is_better(700)
    assert learned(LEAST_OBSERVATIONS + 30, 90, 0).is_better(700)
    assert not learned(5000, 90, 0).is_better(FARTHEST + 1)


def test_what_is_no_better_than_the_last_delay_is_not_published() -> None:
    """Delays that stay as they are teach nothing; those that jump at random neither."""
    assert not learned(1000, 0, 0).is_better(700)
    model, random = DelayModel(), Random(3)
    for n in range(1000):
        # What was learned of the last hundred is wrong for the next.
        then = 100 + (150 if n // 100 % 2 else -150) + random.randrange(-5, 5)
        model.observe(A, peak=False, ahead=700, delay=100, then=then)
    assert not model.is_better(700)


def test_absurd_delays_are_left_out() -> None:
    model = learned(300, 90, 0)
    before = model.error(category_of(700))
    model.observe(A, peak=False, ahead=700, delay=0, then=86_400)
    model.observe(A, peak=False, ahead=700, delay=-86_400, then=0)
    assert model.error(category_of(700)) == before


@given(st.lists(st.tuples(st.integers(-3599, 3599), st.integers(-3599, 3599)), max_size=60))
def test_an_estimate_is_finite_and_bounded_whatever_was_observed(
    observed: list[tuple[int, int]],
) -> None:
    model = DelayModel()
    for delay, then in observed:
        model.observe(A, peak=False, ahead=0, delay=delay, then=then)
    for delay in (-3599, 0, 3599):
        assert abs(model.estimate(A, peak=False, ahead=0, delay=delay)) < 20_000


def test_categories_begin_at_their_horizons() -> None:
    assert [category_of(each) for each in HORIZONS] == [*range(len(HORIZONS))]
    assert category_of(119) == 0
    assert category_of(FARTHEST) == len(HORIZONS) - 1
