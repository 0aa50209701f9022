"""Whatever a search finds by bicycle from anywhere is found again by its id, leg by leg."""

import asyncio
from dataclasses import dataclass

import pytest
from bicycles import rental_valley
from boards import paris
from hypothesis import given, settings
from hypothesis import strategies as st
from travellers import comparable, found_again
from valley import HOSPITAL, Valley

from mobilite.journeys.flows.journey_query import Wishes
from mobilite.journeys.flows.plan_journeys import JourneyRequest, plan_journeys
from socle.errors import Refusal
from socle.testing import sized

NOW = paris("08:00:00")
PLACES = ((47.60, 1.20), (47.62, 1.22), (47.90, 1.90), (47.93, 1.93))
"""Around the stations of the valley and of the town, the hill, and the hospital."""


@pytest.fixture(scope="module")
def valley() -> Valley:
    found = rental_valley(NOW, park=True)
    asyncio.run(found.refresh())
    return found


@dataclass(frozen=True)
class Query:
    """A query from one point to another, or to the hospital."""

    origin: str
    destination: str
    minutes: int
    """After eight."""
    arrive_by: bool
    wishes: Wishes

    @property
    def request(self) -> JourneyRequest:
        at = int(NOW.timestamp()) + self.minutes * 60
        ends = self.origin, self.destination
        return JourneyRequest(*ends, at, arrive_by=self.arrive_by, wishes=self.wishes)


points = st.builds(
    lambda place, north, east: f"{place[0] + north:.4f},{place[1] + east:.4f}",
    st.sampled_from(PLACES),
    st.floats(-0.03, 0.03),
    st.floats(-0.03, 0.03),
)
queries = st.builds(
    Query,
    points,
    st.one_of(st.just(HOSPITAL), st.just("train:val"), points),
    st.integers(0, 120),
    st.booleans(),
    st.builds(
        Wishes,
        st.sampled_from(["bicycle", "shared_bicycle"]).map(lambda mode: frozenset({"rail", mode})),
        max_walk=st.sampled_from([300, 1000, 2500]),
        walk_speed=st.sampled_from([0.7, 1.25, 2.0]),
    ),
)


@settings(max_examples=sized(40, deep=1500), deadline=None)
@given(queries)
def test_every_journey_is_rebuilt_as_it_was_found(valley: Valley, query: Query) -> None:
    try:
        page = plan_journeys(valley.networks.get(), query.request, now=NOW, rentals=valley.rentals)
    except Refusal:
        return  # both ends are the same place
    again = found_again(page, valley.rentals, NOW)
    assert [*map(comparable, again)] == [*map(comparable, page.journeys)]
