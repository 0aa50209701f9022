"""Ways that can be used at certain times only, compared with a search for each way alone."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from journeys import region_of
from random_journeys import JourneyCase, journey_cases

from mobilite.journeys.domain.access import Access, AccessTimes
from mobilite.journeys.domain.journey import Journey
from mobilite.journeys.domain.search import arrive_by, depart_at
from socle.testing import sized

WINDOW = 2 * 3600
Cost = tuple[int, int, int]
"""Departure, arrival, rides."""
campaign = settings(
    max_examples=sized(16, deep=150), deadline=None, suppress_health_check=[*HealthCheck]
)
cases = journey_cases(live=False) | journey_cases(live=True)
spans = st.lists(st.tuples(st.integers(-1, 7), st.integers(0, 5)), min_size=6, max_size=6)
"""Of each way, when it opens and for how long, in quarters of an hour."""


def timed(near: Access, at: int, given_spans: list[tuple[int, int]]) -> Access:
    chosen = given_spans[: len(near.stops)]
    first = np.array([at + 900 * start for start, _ in chosen], np.int64)
    last = np.array([at + 900 * (start + length) for start, length in chosen], np.int64)
    return replace(near, times=AccessTimes(first, last))


def each_way(near: Access, begin: int, end: int) -> Iterable[tuple[Access, int, int]]:
    """Each way alone, without times, and the part of a span in which it can be used."""
    assert near.times is not None
    for row, stop in enumerate(near.stops):
        alone = Access.of([(int(stop), int(near.seconds[row]), 0)])
        first = max(begin, int(near.times.first[row]))
        last = min(end, int(near.times.last[row]))
        if first < last:
            yield alone, first, last


def best(journeys: Iterable[Journey]) -> set[Cost]:
    costs = {(each.departure, each.arrival, each.rides) for each in journeys}
    return {
        cost
        for cost in costs
        if not any(
            other != cost and other[0] >= cost[0] and other[1] <= cost[1] and other[2] <= cost[2]
            for other in costs
        )
    }


def without_instants(near: Access) -> Access:
    """Without the ways that can be used at one instant only."""
    assert near.times is not None
    rows = near.times.first < near.times.last
    times = AccessTimes(near.times.first[rows], near.times.last[rows])
    return Access(near.stops[rows], near.seconds[rows], near.metres[rows], times)


@campaign
@given(cases, spans)
def test_by_departure(case: JourneyCase, given_spans: list[tuple[int, int]]) -> None:
    region = region_of(case)
    query, day, at = region.query(case.origin, case.destination), region.day(case.at), case.at
    near = without_instants(timed(query.origin, at, given_spans))
    found = depart_at(day, region.ways, replace(query, origin=near), at, window=WINDOW)
    expected = [
        journey
        for alone, first, last in each_way(near, at, at + WINDOW)
        for journey in depart_at(
            day, region.ways, replace(query, origin=alone), first, window=last - first
        )
    ]
    assert best(found) == best(expected)


@campaign
@given(cases, spans)
def test_by_arrival(case: JourneyCase, given_spans: list[tuple[int, int]]) -> None:
    region = region_of(case)
    query, day = region.query(case.origin, case.destination), region.day(case.at, back=1)
    begin = case.at - WINDOW
    near = without_instants(timed(query.destination, begin, given_spans))
    timed_query = replace(query, destination=near)
    found = arrive_by(day, region.ways, timed_query, case.at, window=WINDOW)
    expected = [
        journey
        for alone, first, last in each_way(near, begin, case.at)
        for journey in arrive_by(
            day, region.ways, replace(query, destination=alone), last, window=last - first
        )
    ]
    assert best(found) == best(expected)


@campaign
@given(cases, spans)
def test_the_earliest_arrival(case: JourneyCase, given_spans: list[tuple[int, int]]) -> None:
    region = region_of(case)
    query, day, at = region.query(case.origin, case.destination), region.day(case.at), case.at
    near = without_instants(timed(query.origin, at, given_spans))
    found = depart_at(day, region.ways, replace(query, origin=near), at)
    expected = [
        journey
        for alone, first, _ in each_way(near, at, at + 24 * 3600)
        for journey in depart_at(day, region.ways, replace(query, origin=alone), first)
    ]
    assert min((each.arrival for each in found), default=None) == min(
        (each.arrival for each in expected), default=None
    )


def test_at_the_ends_of_the_times() -> None:
    times = AccessTimes(np.array([10, 20]), np.array([30, 40]))
    both = np.array([1, 2], np.int32)
    near = Access(both, both, both, times)
    last, first = near.at_last(40), near.at_first(10)
    assert (last.stops.tolist(), first.stops.tolist()) == ([1], [2])
    assert last.times is not None
    assert first.times is not None
    assert (last.times.first[0], last.times.last[0]) == (30, 30)
    assert (first.times.first[0], first.times.last[0]) == (20, 20)
