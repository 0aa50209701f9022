"""Searches against every run tried from every stop, on random small networks."""

import pytest
from hypothesis import HealthCheck, given, settings
from journeys import LONGEST, Region, region_of
from naive_answers import NaiveAnswers
from random_hubs import hub_cases
from random_journeys import JourneyCase, cases_with_detours, journey_cases
from random_seats import seat_cases, seat_cases_with_detours

from mobilite.journeys.domain.journey import Journey
from socle.testing import sized

HOUR = 3600


def steps(times: list[int | None], limit: int) -> list[tuple[int, int]]:
    """(rides, time) wherever one more ride is better; times past the limit are none."""
    better: list[tuple[int, int]] = []
    for rides, time in enumerate(times, 1):
        if time is not None and time <= limit and (not better or time != better[-1][1]):
            better.append((rides, time))
    return better


def ends(journeys: tuple[Journey, ...]) -> list[tuple[int, int]]:
    return sorted((journey.rides, journey.arrival) for journey in journeys)


def starts(journeys: tuple[Journey, ...]) -> list[tuple[int, int]]:
    return sorted((journey.rides, journey.departure) for journey in journeys)


def check_earliest(case: JourneyCase, region: Region, answers: NaiveAnswers) -> None:
    found = region.leaving(case.origin, case.destination, case.at)
    assert ends(found) == steps(answers.leaving(), case.at + LONGEST)


def check_latest(case: JourneyCase, region: Region, answers: NaiveAnswers, by: int) -> None:
    found = region.arriving(case.origin, case.destination, by)
    expected = answers.arriving(by)
    near = [time if time is None or time >= by - LONGEST else None for time in expected]
    assert starts(found) == steps(near, by)


def check_window(case: JourneyCase, region: Region, answers: NaiveAnswers) -> None:
    """The journeys that leave within an hour."""
    found = region.leaving(case.origin, case.destination, case.at, window=HOUR)
    results = {(each.departure, each.arrival, each.rides) for each in found}
    expected = answers.best(HOUR)
    assert results == {each for each in expected if each[1] <= case.at + HOUR + LONGEST}


@pytest.mark.deep
@settings(max_examples=sized(30, deep=300), deadline=None, suppress_health_check=[*HealthCheck])
@given(journey_cases(live=False) | journey_cases(live=True))
def test_the_earliest_arrivals_are_those_of_every_run_tried(case: JourneyCase) -> None:
    region, answers = region_of(case), NaiveAnswers(case)
    check_earliest(case, region, answers)


@pytest.mark.deep
@settings(max_examples=sized(30, deep=300), deadline=None, suppress_health_check=[*HealthCheck])
@given(journey_cases(live=False) | journey_cases(live=True))
def test_the_latest_departures_are_those_of_every_run_tried(case: JourneyCase) -> None:
    region, answers = region_of(case), NaiveAnswers(case)
    check_latest(case, region, answers, case.at)


@pytest.mark.deep
@settings(max_examples=sized(20, deep=200), deadline=None, suppress_health_check=[*HealthCheck])
@given(journey_cases(live=False) | journey_cases(live=True))
def test_a_window_has_every_journey_that_no_other_beats(case: JourneyCase) -> None:
    region, answers = region_of(case), NaiveAnswers(case)
    check_window(case, region, answers)


@pytest.mark.deep
@settings(max_examples=sized(20, deep=200), deadline=None, suppress_health_check=[*HealthCheck])
@given(cases_with_detours())
def test_journeys_with_detours_are_those_of_every_run_tried(case: JourneyCase) -> None:
    region, answers = region_of(case), NaiveAnswers(case)
    check_earliest(case, region, answers)
    check_window(case, region, answers)


@pytest.mark.deep
@settings(max_examples=sized(30, deep=150), deadline=None, suppress_health_check=[*HealthCheck])
@given(hub_cases(live=False) | hub_cases(live=True))
def test_transfers_of_routes_and_trips_are_those_of_every_run_tried(case: JourneyCase) -> None:
    region, answers = region_of(case), NaiveAnswers(case)
    check_earliest(case, region, answers)
    check_latest(case, region, answers, case.at + 3 * HOUR // 2)
    check_window(case, region, answers)


@pytest.mark.deep
@settings(max_examples=sized(30, deep=200), deadline=None, suppress_health_check=[*HealthCheck])
@given(seat_cases(live=False) | seat_cases(live=True) | seat_cases_with_detours())
def test_who_stays_seated_rides_as_every_run_tried(case: JourneyCase) -> None:
    region, answers = region_of(case), NaiveAnswers(case)
    check_earliest(case, region, answers)
    check_latest(case, region, answers, case.at + 2 * HOUR)
    check_window(case, region, answers)
