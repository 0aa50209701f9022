"""When journeys arrive on average, and the order that this gives them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobilite.connections.domain.expected_arrival import (
    NONE_LATER,
    RankedJourney,
    expected_arrival,
    order_journeys,
)
from socle.testing import sized

ranked = st.builds(
    RankedJourney,
    st.integers(0, 6),
    st.one_of(st.none(), st.integers(10, 20).map(float)),
    st.booleans(),
)


def test_each_connection_counts_if_the_ones_before_are_caught() -> None:
    assert expected_arrival(1000, []) == 1000
    assert expected_arrival(1000, [(0.75, 1400)]) == 1100
    # One in four misses the first; of the others, half miss the second.
    missed = [(0.75, 1400), (0.5, 3000)]
    assert expected_arrival(1000, missed) == 0.25 * 1400 + 0.375 * 3000 + 0.375 * 1000
    assert expected_arrival(1000, [(0.5, None)]) == 1000 + NONE_LATER / 2


def test_a_tight_journey_comes_after_one_that_is_worth_waiting_for() -> None:
    tight = RankedJourney(departure=100, expected=1100.0, tight=True)
    safe = RankedJourney(departure=160, expected=1090.0, tight=False)
    slow = RankedJourney(departure=170, expected=1101.0, tight=False)
    assert order_journeys([tight, safe, slow]) == ([1, 0, 2], frozenset({1}))
    assert order_journeys([tight, slow]) == ([0, 1], frozenset())
    unknown = RankedJourney(departure=100, expected=None, tight=True)
    assert order_journeys([unknown, safe]) == ([0, 1], frozenset())


@settings(max_examples=sized(200, deep=5000), deadline=None)
@given(st.lists(ranked, max_size=6))
def test_the_order_is_by_departure_but_for_tight_journeys(journeys: list[RankedJourney]) -> None:
    journeys.sort(key=lambda each: each.departure)
    order, safer = order_journeys(journeys)
    assert sorted(order) == [*range(len(journeys))]
    calm = [i for i in order if not journeys[i].tight or journeys[i].expected is None]
    assert calm == sorted(calm)
    for place, index in enumerate(order):
        tight = journeys[index]
        for other in order[place + 1 :]:
            each = journeys[other]
            if tight.tight and tight.expected is not None and not each.tight:
                better = each.expected is not None and each.expected <= tight.expected
                assert not (better and each.departure >= tight.departure)
    for index in safer:
        assert journeys[index].expected is not None
    if not any(each.tight for each in journeys):
        assert (order, safer) == ([*range(len(journeys))], frozenset())


@pytest.mark.parametrize("probability", [0.0, 0.3, 1.0])
def test_the_average_is_between_both_arrivals(probability: float) -> None:
    assert 1000 <= expected_arrival(1000, [(probability, 1500)]) <= 1500
