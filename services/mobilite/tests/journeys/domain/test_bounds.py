"""Least times to the destination: no journey is faster, and none is lost by them."""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from journeys import Region, region_of
from random_hubs import hub_cases
from random_journeys import JourneyCase, journey_cases
from random_seats import seat_cases

from mobilite.journeys.domain import search
from mobilite.journeys.domain.journey import Journey, RideLeg
from mobilite.journeys.domain.raptor.bounds import READY
from mobilite.timetable.domain.timetable import I32
from socle.testing import sized

HOUR = 3600
cases = journey_cases(live=True) | seat_cases(live=True) | hub_cases(live=True)
campaign = settings(
    max_examples=sized(40, deep=200), deadline=None, suppress_health_check=[*HealthCheck]
)


def found(region: Region, case: JourneyCase, window: int, backwards: bool) -> tuple[Journey, ...]:
    one_way = region.arriving if backwards else region.leaving
    return one_way(case.origin, case.destination, case.at + (HOUR if backwards else 0), window)


@pytest.mark.deep
@campaign
@given(cases, st.sampled_from([HOUR // 2, HOUR]), st.booleans())
def test_bounds_are_no_longer_than_a_journey_and_lose_none(
    case: JourneyCase, window: int, backwards: bool
) -> None:
    region, bounds = region_of(case), list[I32]()

    def recorded(*parameters: Any) -> I32:
        bounds.append(least_times(*parameters))
        return bounds[-1]

    def none(*parameters: Any) -> I32:
        return np.zeros_like(least_times(*parameters))

    least_times = search.least_times
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "least_times", recorded)
        bounded = found(region, case, window, backwards)
        patch.setattr(search, "least_times", none)
        unbounded = found(region, case, window, backwards)
    assert results(bounded) == results(unbounded)
    for journey in bounded:
        rides = [leg for leg in journey.legs if isinstance(leg, RideLeg)]
        for place, (ride, after) in enumerate(zip(rides, [*rides[1:], None], strict=True)):
            seated = after if backwards else ride
            if seated is not None and seated.stays_seated:
                continue
            stop = ride.to_stop if backwards else ride.from_stop
            rest = rides[: place + 1] if backwards else rides[place:]
            seconds = (
                ride.arrival - journey.departure if backwards else journey.arrival - ride.departure
            )
            least = bounds[0][region.network.point_stop == stop].min(axis=0)
            assert least[READY] <= seconds
            assert least[READY + 1] <= sum(not each.stays_seated for each in rest)


def results(journeys: tuple[Journey, ...]) -> set[tuple[int, int, int]]:
    return {(each.departure, each.arrival, each.rides) for each in journeys}
