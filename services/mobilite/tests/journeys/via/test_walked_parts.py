"""Journeys by way of places near each other: a part of them is walked, the others are ridden.

A slow search tries every run and every walk, one part after the other.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil

import pytest
from boards import paris
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from journeys import stop_number
from naive_answers import NaiveAnswers
from naive_journeys import distance, earliest_arrivals, latest_departures
from random_journeys import STOPS, JourneyCase, journey_cases
from travellers import comparable, found_again
from valley import Valley

from mobilite.journeys.domain.journey import Journey, RideLeg, WalkLeg
from mobilite.journeys.flows.journey_query import Wishes
from mobilite.journeys.flows.plan_journeys import JourneyPage, JourneyRequest, plan_journeys
from mobilite.journeys.flows.via.join_legs import FIRST_VIA
from mobilite.realtime.domain.run_calls import get_run_trip
from mobilite.rental.flows.live_rentals import RentalState
from socle.testing import sized

WALK = 1000
"""Metres of each way on foot, at most."""
RIDES = 8
HOURS = 12
"""Hours in which a part is surely found."""


@dataclass(frozen=True)
class Tour:
    """A query by way of stops, in a random network."""

    case: JourneyCase
    places: tuple[str, ...]
    """The ids of its stops inside the feed."""
    stay: int
    """Seconds at each place on the way."""

    def request(self, *, arrive_by: bool, window: int | None) -> JourneyRequest:
        origin, *via, destination = (f"f:{stop}" for stop in self.places)
        wishes = Wishes(max_walk=WALK, stay=self.stay)
        return JourneyRequest(
            origin, destination, self.case.at, arrive_by, tuple(via), wishes, window
        )


def tours() -> st.SearchStrategy[Tour]:
    places = st.lists(st.sampled_from(STOPS), min_size=3, max_size=4).filter(
        lambda stops: all(one != other for one, other in pairwise(stops))
    )
    return st.builds(
        Tour, journey_cases(live=False), places.map(tuple), st.sampled_from([0, 0, 300])
    )


class NaiveTour:
    """The slow search. Instants are POSIX seconds."""

    def __init__(self, tour: Tour) -> None:
        self.tour, self.answers = tour, NaiveAnswers(replace(tour.case, longest=WALK))
        rows = [line.split(",") for line in tour.case.files["stops.txt"].split("\n")[1:-1]]
        self.stops = {row[0]: {"stop_lat": row[2], "stop_lon": row[3]} for row in rows}
        # Streets are measured in metres: those walks are rounded twice.
        declared = NaiveAnswers(replace(tour.case, longest=0)).ways
        for one, other in self.answers.ways.keys() - declared.keys():
            walk = self._walk(one, other)
            assert walk is not None
            self.answers.ways[one, other] = walk

    def soonest(self) -> int | None:
        """When people who leave then are at the last place."""
        time, parts = self.tour.case.at, pairwise(self.tour.places)
        for number, (one, other) in enumerate(parts):
            time += self.tour.stay if number else 0
            ends = self._near(one, leaving=True), self._near(other, leaving=False)
            found = earliest_arrivals(self.answers.runs, self.answers.ways, *ends, time, RIDES)
            walk = self._walk(one, other)
            times = [*found, None if walk is None else time + walk]
            known = [each for each in times if each is not None and each <= time + HOURS * 3600]
            if not known:
                return None
            time = min(known)
        return time

    def latest(self) -> int | None:
        """When people leave who are at the last place then."""
        time, parts = self.tour.case.at, [*pairwise(self.tour.places)]
        for number, (one, other) in enumerate(reversed(parts)):
            time -= self.tour.stay if number else 0
            ends = self._near(one, leaving=True), self._near(other, leaving=False)
            found = latest_departures(self.answers.runs, self.answers.ways, *ends, time, RIDES)
            walk = self._walk(one, other)
            times = [*found, None if walk is None else time - walk]
            known = [each for each in times if each is not None and each >= time - HOURS * 3600]
            if not known:
                return None
            time = max(known)
        return time

    def _walk(self, one: str, other: str) -> int | None:
        metres = ceil(1.3 * distance(self.stops[one], self.stops[other]))
        return ceil(metres / 1.25) if metres <= WALK else None

    def _near(self, stop: str, *, leaving: bool) -> dict[str, int]:
        near = {stop: 0}
        for (one, other), seconds in self.answers.ways.items():
            start, end = (one, other) if leaving else (other, one)
            if start == stop != end:
                near[end] = seconds
        return near


campaign = settings(
    max_examples=sized(30, deep=400), deadline=None, suppress_health_check=[*HealthCheck]
)


def valley_of(tour: Tour) -> Valley:
    valley = Valley(now=tour.case.now, files={"f": tour.case.files})
    asyncio.run(valley.refresh())
    return valley


def page_of(valley: Valley, request: JourneyRequest) -> JourneyPage:
    return plan_journeys(valley.networks.get(), request, now=valley.clock.now())


@campaign
@given(tours())
def test_none_arrives_later_than_by_every_run_and_walk_tried(tour: Tour) -> None:
    valley, naive = valley_of(tour), NaiveTour(tour)
    expected = naive.soonest()
    page = page_of(valley, tour.request(arrive_by=False, window=0))
    if expected is not None:
        assert [each.arrival for each in page.journeys] == [expected]
    expected = naive.latest()
    page = page_of(valley, tour.request(arrive_by=True, window=0))
    if expected is not None:
        assert [each.departure for each in page.journeys] == [expected]


@campaign
@given(tours(), st.booleans(), st.sampled_from([0, 3600, None]))
def test_each_passes_its_places_and_is_found_again(
    tour: Tour, arrive_by: bool, window: int | None
) -> None:
    valley = valley_of(tour)
    page = page_of(valley, tour.request(arrive_by=arrive_by, window=window))
    for journey in page.journeys:
        check(valley, tour, journey)
        if window is not None:
            start = journey.arrival if arrive_by else journey.departure
            assert start <= tour.case.at if arrive_by else start >= tour.case.at
    again = found_again(page, RentalState(), valley.clock.now())
    assert [*map(comparable, again)] == [*map(comparable, page.journeys)]


def check(valley: Valley, tour: Tour, journey: Journey) -> None:
    """No leg starts before the one before it has ended; the places on the way are passed in order,
    and people are at each for as long as they wish."""
    for before, after in pairwise(journey.legs):
        assert before.departure <= before.arrival <= after.departure
    passed = iter([*passed_stops(valley, journey)])
    network = valley.networks.get().timetables.network
    for index, stop in enumerate(tour.places[1:-1]):
        place = stop_number(network, stop), FIRST_VIA - index
        assert any(at in place and left - reached >= tour.stay for at, reached, left in passed)


def passed_stops(valley: Valley, journey: Journey) -> Iterator[tuple[int, int, int]]:
    """(stop, arrival, departure) of each place that a journey passes."""
    network, snapshot = (
        valley.networks.get().timetables.network,
        valley.networks.get().live.snapshot,
    )
    legs: Sequence[object] = (*journey.legs[1:], None)
    for leg, following in zip(journey.legs, legs, strict=True):
        if isinstance(leg, RideLeg):
            trip = get_run_trip(snapshot.feed(network.feeds[leg.feed].feed_id), leg.run)
            first = int(network.stop_first[leg.feed])
            for call in range(leg.board + 1, leg.alight):
                yield first + trip.stop(call), leg.departure, leg.departure
        if isinstance(following, RideLeg | WalkLeg):
            yield leg.to_stop, leg.arrival, following.departure


BOURG, GARE, VILLE = "bus:bourg", "bus:gare", "train:ville"
MORNING, NOON = "07:40:00", "11:40:00"


@pytest.mark.parametrize("arrive_by", [False, True])
@pytest.mark.parametrize(
    ("origin", "via", "destination", "walked"),
    [
        ("47.6020,1.2020", ("47.6010,1.2010",), VILLE, "start"),
        ("train:val", (GARE,), VILLE, "start"),
        ("47.6020,1.2020", (GARE, "train:val"), VILLE, "start"),
        (BOURG, (VILLE,), "47.9010,1.9010", "end"),
        (BOURG, ("bus:parvis",), VILLE, "end"),
        (BOURG, (GARE, "47.6020,1.2020"), VILLE, "between"),
        ("47.6020,1.2020", ("47.6010,1.2010",), "47.6020,1.2010", "everywhere"),
    ],
)
def test_a_part_without_a_ride_is_walked(
    origin: str, via: tuple[str, ...], destination: str, walked: str, arrive_by: bool
) -> None:
    valley = Valley()
    asyncio.run(valley.refresh())
    at = int(paris(NOON if arrive_by else MORNING).timestamp())
    for window in (None, 0):
        request = JourneyRequest(origin, destination, at, arrive_by, via, Wishes(stay=120), window)
        page = page_of(valley, request)
        assert page.journeys
        for journey in page.journeys:
            on_foot = [isinstance(leg, WalkLeg) for leg in journey.legs]
            expected = {
                "start": on_foot[0],
                "end": on_foot[-1],
                "between": any(one and other for one, other in pairwise(on_foot)),
                "everywhere": all(on_foot),
            }
            assert expected[walked]
        again = found_again(page, RentalState(), valley.clock.now())
        assert [*again] == [*page.journeys]
