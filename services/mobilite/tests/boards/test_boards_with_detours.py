"""Boards of random cities with TripModifications against the rules written a second time."""

import pytest
from boards import City
from google.protobuf import text_format
from google.transit import gtfs_realtime_pb2 as gtfs_rt
from hypothesis import HealthCheck, given, note, settings
from naive_board import NaiveCity
from naive_modifications import NaiveModifications
from naive_updates import NaiveUpdate
from random_cities import STOPS, Case
from random_detours import cases_with_detours

from socle.testing import sized


@pytest.mark.deep
@settings(max_examples=sized(40, deep=400), deadline=None, suppress_health_check=list(HealthCheck))
@given(cases_with_detours())
def test_every_line_of_a_board_follows_from_the_detours(case: Case) -> None:
    note(case.message)
    note("\n".join(case.files.values()))
    note(f"{case.now} {case.at} {case.age}")
    city = City(now=case.now)
    city.schedule(case.files)
    city.publish(case.message)
    city.wait(seconds=case.age)

    naive = NaiveCity(case.files, around=case.at)
    header = 'header { gtfs_realtime_version: "2.0" }'
    message = text_format.Parse(f"{header} {case.message}", gtfs_rt.FeedMessage())
    updates = NaiveUpdate.all_of(message, received=int(case.now.timestamp()))
    naive.receive(updates, NaiveModifications.all_of(message))
    for stop in ("gare", *STOPS):
        expected = naive.board(stop, at=case.at, age=case.age, limit=60)
        result = city.departures(f"f:{stop}", at=case.at, limit=60)
        assert [{key: line[key] for key in naive.REPORTED} for line in result] == expected
