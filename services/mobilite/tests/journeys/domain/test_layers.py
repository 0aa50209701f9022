"""Journeys that ride in a preferred lane, against every run tried from every stop."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from journeys import LONGEST, Region, region_of
from naive_board import NaiveCity
from naive_journeys import Calls, Place, usable_runs, ways_of
from naive_transfers import ways_by_line
from random_hubs import hub_cases
from random_journeys import JourneyCase, journey_cases

from mobilite.journeys.domain.day_network import DayNetwork
from mobilite.journeys.domain.filters import lanes_of
from mobilite.journeys.domain.journey import Journey, RideLeg
from mobilite.journeys.domain.layers import Layers
from mobilite.journeys.domain.search import Query, arrive_by, depart_at
from socle.testing import sized

RIDES = 8
campaign = settings(
    max_examples=sized(30, deep=300), deadline=None, suppress_health_check=[*HealthCheck]
)
cases = journey_cases(live=False) | hub_cases(live=False)


class NaivePreference:
    """A case in which one route is preferred, and its earliest arrivals."""

    def __init__(self, case: JourneyCase, route: str) -> None:
        self.case = case
        city = NaiveCity(case.files, around=case.now)
        usable = usable_runs(city)
        self.runs = [
            (calls, city.runs[number].trip["route_id"] == route) for number, calls in usable.items()
        ]
        calls = [*usable.values()]
        self.ways = ways_by_line(city.files, ways_of(city.files, longest=case.longest), calls)

    def earliest(self) -> set[tuple[int, int]]:
        """(rides, arrival) wherever one more ride is better."""
        origin, destination = self.case.origin, self.case.destination
        places = {call.place: call.stop for calls, _ in self.runs for call in calls}
        ready = {
            (place, False): self.case.at + origin[stop]
            for place, stop in places.items()
            if stop in origin
        }
        reached: dict[tuple[Place, bool], int] = {}
        found, best = set[tuple[int, int]](), self.case.at + LONGEST + 1
        for ride in range(RIDES):
            for calls, preferred in self.runs:
                self._ride(calls, preferred, ready, reached)
            for ((start, end), seconds), ridden in product(self.ways.items(), (False, True)):
                if (start, ridden) in reached:
                    time = reached[start, ridden] + seconds
                    ready[end, ridden] = min(time, ready.get((end, ridden), time))
            for (place, ridden), time in reached.items():
                if ridden and places[place] in destination:
                    arrival = time + destination[places[place]]
                    if arrival < best:
                        best = arrival
                        found = {each for each in found if each[0] <= ride} | {(ride + 1, best)}
        return found

    def _ride(
        self,
        calls: Calls,
        preferred: bool,
        ready: Mapping[tuple[Place, bool], int],
        reached: dict[tuple[Place, bool], int],
    ) -> None:
        for before in (False, True):
            aboard, after = False, before or preferred
            for call in calls:
                if aboard and call.alightable:
                    key = call.place, after
                    reached[key] = min(call.arrival, reached.get(key, call.arrival))
                since = ready.get((call.place, before))
                aboard |= call.boardable and since is not None and since <= call.departure


def preferring(region: Region, query: Query, day: DayNetwork, route: str) -> Query:
    """The query of journeys that ride in a route."""
    number = region.network.feeds[0].route_ids.index_of(route)
    lanes = lanes_of(day, routes=() if number is None else (number,), types=())
    return replace(query, layers=Layers(day, region.ways.onwards, lanes))


@campaign
@given(cases, st.booleans())
def test_the_earliest_arrivals_are_those_of_every_run_tried(case: JourneyCase, last: bool) -> None:
    region, route = region_of(case), _routes(case)[-last]
    day, query = region.day(case.at), region.query(case.origin, case.destination)
    wished = preferring(region, query, day, route)
    found = depart_at(day, region.ways, wished, case.at)
    assert {(each.rides, each.arrival) for each in found} == NaivePreference(case, route).earliest()
    for window in (0, 3600):
        for journey in depart_at(day, region.ways, wished, case.at, window=window):
            assert rides_in(region, journey, route)


@pytest.mark.deep
@campaign
@given(cases, st.booleans())
def test_searches_by_departure_and_by_arrival_agree(case: JourneyCase, last: bool) -> None:
    region, route = region_of(case), _routes(case)[-last]
    day, query = region.day(case.at), region.query(case.origin, case.destination)
    for journey in depart_at(day, region.ways, preferring(region, query, day, route), case.at):
        before = region.day(journey.arrival, back=1)
        wished = preferring(region, query, before, route)
        back = arrive_by(before, region.ways, wished, journey.arrival)
        assert all(rides_in(region, each, route) for each in back)
        latest = max(each.departure for each in back if each.rides <= journey.rides)
        assert latest >= journey.departure


def _routes(case: JourneyCase) -> list[str]:
    return [line.split(",")[0] for line in case.files["routes.txt"].split("\n")[1:-1]]


def rides_in(region: Region, journey: Journey, route: str) -> bool:
    feed = region.network.feeds[0]
    rows = [feed.trip_route[leg.run.trip] for leg in journey.legs if isinstance(leg, RideLeg)]
    return route in [feed.route_ids[int(row)] for row in rows]
