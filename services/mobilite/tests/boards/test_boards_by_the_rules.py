"""Boards of random cities against the rules written a second time: every line equal."""

import pytest
from board_cases import played
from boards import City
from hypothesis import HealthCheck, given, settings
from random_cities import STOPS, Case, cases

from socle.testing import sized

MANY = 60
SOME = 8


@pytest.mark.deep
@settings(max_examples=sized(20, deep=500), deadline=None, suppress_health_check=list(HealthCheck))
@given(cases())
def test_every_line_of_a_board_follows_from_the_rules(case: Case) -> None:
    city, naive = played(case)
    for stop in ("gare", *STOPS):
        expected = naive.board(stop, at=case.at, age=case.age, limit=MANY)
        result = city.departures(f"f:{stop}", at=case.at, limit=MANY)
        assert [{key: line[key] for key in naive.REPORTED} for line in result] == expected
        assert paged(city, case, stop) == [place_of(line) for line in result][:SOME]


def place_of(line: dict[str, object]) -> tuple[object, ...]:
    names = ("trip_id", "start_date", "start_time", "stop_id", "stop_sequence")
    return tuple(line[name] for name in names)


def paged(city: City, case: Case, stop: str) -> list[tuple[object, ...]]:
    """The same departures, two per page."""
    found: list[tuple[object, ...]] = []
    cursor = None
    while len(found) < SOME:
        page = city.board(f"f:{stop}", at=case.at, limit=2, cursor=cursor)
        found += [place_of(line) for line in page["departures"]]
        cursor = page["next"]
        if cursor is None:
            break
    return found[:SOME]
