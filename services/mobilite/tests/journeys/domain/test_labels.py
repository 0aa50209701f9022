"""Arrays that searches share, one after the other."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from journeys import region_of
from random_hubs import hub_cases
from random_journeys import JourneyCase, journey_cases

from mobilite.journeys.domain.journey import Journey
from mobilite.journeys.domain.raptor import labels
from mobilite.journeys.domain.raptor.bounds import UNBOUNDED
from mobilite.journeys.domain.raptor.labels import labels_of
from mobilite.journeys.domain.search import arrive_by, depart_at
from socle.testing import sized

HOUR = 3600
Search = Callable[[], tuple[Journey, ...]]


class _View(NamedTuple):
    """What of a view decides the size of the arrays."""

    first: Any
    stop: Any


@settings(max_examples=sized(20, deep=400), deadline=None, suppress_health_check=[*HealthCheck])
@given(journey_cases(live=True) | hub_cases(live=False))
def test_a_search_finds_the_same_whatever_was_searched_before(case: JourneyCase) -> None:
    searches = searches_of(case)
    one_after_the_other = [search() for search in searches]
    for search, found in zip(searches, one_after_the_other, strict=True):
        labels._FREE.clear()
        assert search() == found


def test_searches_of_several_threads_share_arrays() -> None:
    view: Any = _View(np.zeros(3), np.zeros(9))
    at_once = []

    def search() -> None:
        with labels_of(view, 8, np.zeros(5, np.int32), UNBOUNDED, 0, columns=1) as found:
            at_once.append(found.times)

    labels._FREE.clear()
    for _ in range(3):
        with ThreadPoolExecutor(1) as thread:
            thread.submit(search).result()
    assert all(np.shares_memory(at_once[0], each) for each in at_once)
    with labels_of(view, 8, np.zeros(5, np.int32), UNBOUNDED, 0, columns=1) as outer:
        search()
        assert not np.shares_memory(outer.times, at_once[-1])
    assert len(labels._FREE) == 2


def test_a_search_that_raises_leaves_nothing() -> None:
    labels._FREE.clear()
    view: Any = _View(np.zeros(3), np.zeros(9))
    with (
        pytest.raises(MemoryError),
        labels_of(view, 8, np.zeros(5, np.int32), UNBOUNDED, 0, columns=1),
    ):
        raise MemoryError
    assert labels._FREE == []


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
