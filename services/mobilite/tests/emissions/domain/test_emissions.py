"""The emissions of legs and journeys: sums, unknown parts, the lowest."""

from hypothesis import given, settings
from hypothesis import strategies as st

from mobilite.emissions.domain.emissions import (
    POLLUTANTS,
    UNKNOWN,
    Emissions,
    emissions_of_journey,
    lowest,
)
from socle.testing import sized

amounts = st.none() | st.integers(0, 5000).map(float)
legs = st.lists(st.builds(Emissions, amounts, amounts, amounts), max_size=5)


def test_one_unknown_leg_makes_the_total_unknown_and_is_listed() -> None:
    journey = emissions_of_journey([Emissions(0, 0, 0), Emissions(120.5, None, 3), UNKNOWN])
    assert journey.total == UNKNOWN
    assert journey.unknown_legs == {"co2e_g": (2,), "nox_mg": (1, 2), "pm10_mg": (2,)}
    assert emissions_of_journey([Emissions(1, 2, 3)] * 2).total == Emissions(2, 4, 6)
    assert emissions_of_journey([Emissions(1, 2, 3)]).unknown_legs == {}


@settings(max_examples=sized(50, deep=1000))
@given(legs)
def test_each_pollutant_is_the_sum_of_all_legs_or_unknown(legs: list[Emissions]) -> None:
    journey = emissions_of_journey(legs)
    for name in POLLUTANTS:
        parts = [getattr(leg, name) for leg in legs]
        missing = [i for i, part in enumerate(parts) if part is None]
        assert list(journey.unknown_legs.get(name, ())) == missing
        assert getattr(journey.total, name) == (None if missing else sum(parts))


def test_the_lowest_are_those_of_least_grams_as_displayed() -> None:
    totals = [Emissions(grams, None, None) for grams in (120.0, 80.4, None, 79.6, 81.0)]
    assert lowest(totals) == (1, 3)
    # All are 1.2 kg on a display.
    assert lowest([Emissions(grams, None, None) for grams in (1190.0, 1204.0)]) == (0, 1)
    assert lowest([UNKNOWN]) == lowest([]) == ()
