"""Journeys to a park-and-ride are those that a search from each car park finds, driven to first."""

import asyncio
from dataclasses import replace
from math import ceil

import numpy as np
import pytest
from boards import paris
from hypothesis import given, settings
from hypothesis import strategies as st
from valley import HALFWAY, HOSPITAL, STATION, Valley, with_car_parks

from mobilite.car_parks.domain.car_park import CarPark
from mobilite.geo.domain.distances import distances
from mobilite.journeys.domain.journey import DriveLeg, Journey
from mobilite.journeys.flows.journey_query import Wishes
from mobilite.journeys.flows.plan_journeys import JourneyRequest, plan_journeys
from socle.testing import sized

SEVEN = int(paris("07:00:00").timestamp())
TOWN = replace(STATION, local_id="town", name="P+R Ville", lat=47.8990, lon=1.8950, disabled=None)
FIELD = replace(STATION, local_id="field", name="P+R Champs", lat=47.7000, lon=1.4000)
"""No stop is near it."""
NORTH = replace(STATION, local_id="north", name="P+R Nord", lat=47.6040, lon=1.2060)
"""Farther from the same station."""
PARKS = (STATION, HALFWAY, TOWN, FIELD, NORTH)
HALF_A_DAY = 12 * 3600
ON_FOOT, BY_CAR = Wishes(frozenset({"transit"})), Wishes(frozenset({"transit", "car"}))


@pytest.fixture(scope="module")
def valley() -> Valley:
    found = with_car_parks(*PARKS)
    asyncio.run(found.refresh())
    return found


def drive(origin: tuple[float, float], park: CarPark) -> int | None:
    """The seconds to a car park; None if it is too far away."""
    (straight,) = distances(*origin, np.array([park.lat]), np.array([park.lon])).tolist()
    metres = ceil(straight * 1.3)
    return None if metres > 22_500 else ceil(metres / (30 / 3.6)) + 180


def alone(
    valley: Valley, origin: str, at: int, wishes: Wishes, *, arrive_by: bool
) -> Journey | None:
    request = JourneyRequest(origin, HOSPITAL, at, arrive_by=arrive_by, wishes=wishes, window=0)
    page = plan_journeys(valley.networks.get(), request, now=paris("07:00:00"))
    return page.journeys[0] if page.journeys else None


origins = st.tuples(st.floats(47.60, 47.86), st.floats(1.28, 1.86)).map(
    lambda place: (round(place[0], 4), round(place[1], 4))
)


@settings(max_examples=sized(40, deep=800), deadline=None)
@given(origins, st.integers(0, 120), st.booleans())
def test_the_best_of_all_car_parks_is_found(
    valley: Valley, origin: tuple[float, float], minutes: int, arrive_by: bool
) -> None:
    at, text = SEVEN + minutes * 60 + 7200 * arrive_by, f"{origin[0]},{origin[1]}"
    found = alone(valley, text, at, BY_CAR, arrive_by=arrive_by)
    on_foot = alone(valley, text, at, ON_FOOT, arrive_by=arrive_by)
    reached = [] if on_foot is None else [(on_foot.departure, on_foot.arrival)]
    for park in PARKS:
        seconds = drive(origin, park)
        if seconds is not None:
            start = f"{park.lat},{park.lon}"
            after = at if arrive_by else at + seconds
            rest = alone(valley, start, after, ON_FOOT, arrive_by=arrive_by)
            if rest is not None and rest.rides:
                reached.append((rest.departure - seconds, rest.arrival))
    # Those of the days around are at the limit of what is searched.
    reached = [ends for ends in reached if abs(ends[0 if arrive_by else 1] - at) < HALF_A_DAY]
    if not reached:
        return
    assert found is not None
    if arrive_by:
        assert found.departure == max(departure for departure, _ in reached)
    else:
        assert found.arrival == min(arrival for _, arrival in reached)
    first = found.legs[0]
    assert all(not isinstance(leg, DriveLeg) for leg in found.legs[1:])
    if isinstance(first, DriveLeg):
        assert first.arrival - first.departure == drive(origin, first.car_park)
        assert found.legs[1].departure == first.arrival
