"""Boards of random cities with TripModifications against the rules written a second time."""

import pytest
from board_cases import played
from hypothesis import HealthCheck, given, settings
from random_cities import STOPS, Case
from random_detours import cases_with_detours

from socle.testing import sized


@pytest.mark.deep
@settings(max_examples=sized(20, deep=400), deadline=None, suppress_health_check=list(HealthCheck))
@given(cases_with_detours())
def test_every_line_of_a_board_follows_from_the_detours(case: Case) -> None:
    city, naive = played(case)
    for stop in ("gare", *STOPS):
        expected = naive.board(stop, at=case.at, age=case.age, limit=60)
        result = city.departures(f"f:{stop}", at=case.at, limit=60)
        assert [{key: line[key] for key in naive.REPORTED} for line in result] == expected
