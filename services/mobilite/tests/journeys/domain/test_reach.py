"""How soon every stop is reached: as the searches to each of them find."""

import pytest
from hypothesis import HealthCheck, given, settings
from journeys import Region, access, region_of, stop_id
from random_hubs import hub_cases
from random_journeys import JourneyCase, journey_cases
from random_seats import seat_cases

from mobilite.journeys.domain.footpaths import served_stops
from mobilite.journeys.domain.raptor.labels import NEVER
from mobilite.journeys.domain.search import Query, arrive_by, depart_at, reach
from socle.testing import sized

HOUR = 3600
cases = (
    journey_cases(live=False)
    | journey_cases(live=True)
    | hub_cases(live=False)
    | seat_cases(live=False)
    | seat_cases(live=True)
)
campaign = settings(
    max_examples=sized(40, deep=200), deadline=None, suppress_health_check=[*HealthCheck]
)


@pytest.mark.deep
@campaign
@given(cases)
def test_every_stop_is_reached_when_a_search_to_it_arrives(case: JourneyCase) -> None:
    region, by_search = region_of(case), {}
    start, day = access(region.network, case.origin), region.day(case.at)
    for stop in served_stops(region.network).tolist():
        end = region.ways.to_stop(stop, case.longest)
        query = Query(start, end, longest=HOUR, walk_budget=case.longest)
        found = depart_at(day, region.ways, query, case.at)
        times = [each.arrival - case.at for each in found]
        by_search[stop] = min([*times, *walked(case.origin, region, stop)], default=NEVER)
    query = Query(start, start, longest=HOUR, walk_budget=case.longest)
    reached = reach(day, region.ways, query, case.at)
    assert {stop: int(reached[stop]) for stop in by_search} == within(by_search)


@pytest.mark.deep
@campaign
@given(cases)
def test_every_stop_is_left_when_a_search_from_it_leaves(case: JourneyCase) -> None:
    region, by_search = region_of(case), {}
    end, day = access(region.network, case.destination), region.day(case.at, back=1)
    for stop in served_stops(region.network).tolist():
        start = region.ways.from_stop(stop, case.longest)
        query = Query(start, end, longest=HOUR, walk_budget=case.longest)
        found = arrive_by(day, region.ways, query, case.at)
        times = [case.at - each.departure for each in found]
        by_search[stop] = min([*times, *walked(case.destination, region, stop)], default=NEVER)
    query = Query(end, end, longest=HOUR, walk_budget=case.longest)
    reached = reach(day, region.ways, query, case.at, backwards=True)
    assert {stop: int(reached[stop]) for stop in by_search} == within(by_search)


def walked(near: dict[str, int], region: Region, stop: int) -> list[int]:
    """The seconds of the way from or to the place itself."""
    seconds = near.get(stop_id(region.network, stop))
    return [] if seconds is None else [seconds]


def within(times: dict[int, int]) -> dict[int, int]:
    return {stop: time if time <= HOUR else NEVER for stop, time in times.items()}
