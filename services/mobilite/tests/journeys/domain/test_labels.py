"""Arrays that the searches of a thread share."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from hypothesis import HealthCheck, given, settings
from journeys import region_of
from random_hubs import hub_cases
from random_journeys import JourneyCase, journey_cases

from mobilite.journeys.domain.journey import Journey
from mobilite.journeys.domain.search import arrive_by, depart_at
from socle.testing import sized

HOUR = 3600
Search = Callable[[], tuple[Journey, ...]]


@settings(max_examples=sized(20, deep=400), deadline=None, suppress_health_check=[*HealthCheck])
@given(journey_cases(live=True) | hub_cases(live=False))
def test_a_search_finds_the_same_whatever_its_thread_searched_before(case: JourneyCase) -> None:
    searches = searches_of(case)
    one_after_the_other = [search() for search in searches]
    for search, found in zip(searches, one_after_the_other, strict=True):
        with ThreadPoolExecutor(1) as thread:
            assert thread.submit(search).result() == found


def searches_of(case: JourneyCase) -> list[Search]:
    """Both ways between two places, by departure and arrival, of one departure and of an hour."""
    region = region_of(case)
    day, ways = region.day(case.at), region.ways
    places = (case.origin, case.destination), (case.destination, case.origin)
    queries = [region.query(*ends) for ends in places]

    def search(number: int) -> tuple[Journey, ...]:
        query, window = queries[number & 1], HOUR * (number >> 1 & 1)
        if number & 4:
            return arrive_by(day, ways, query, case.at + HOUR, window=window)
        return depart_at(day, ways, query, case.at, window=window)

    return [partial(search, number) for number in range(8)]
