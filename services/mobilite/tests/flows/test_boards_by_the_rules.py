"""Boards of random cities against the rules written a second time: every line equal."""

from boards import City
from google.protobuf import text_format
from google.transit import gtfs_realtime_pb2 as gtfs_rt
from hypothesis import HealthCheck, given, settings
from naive_board import NaiveCity
from naive_updates import Said
from random_cities import Case, cases

from mobilite.flows.show_departures import show_departures

MANY = 60


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases())
def test_every_line_of_a_board_follows_from_the_rules(case: Case) -> None:
    city = City(now=case.now)
    city.schedule(case.files)
    city.says(case.message)
    city.wait(seconds=case.age)

    naive = NaiveCity(case.files, around=case.at)
    header = 'header { gtfs_realtime_version: "2.0" }'
    message = text_format.Parse(f"{header} {case.message}", gtfs_rt.FeedMessage())
    naive.hear(Said.all_of(message, received=int(case.now.timestamp())))
    expected = naive.board(case.stop, at=case.at, age=case.age, limit=MANY)

    told = city.departures(f"f:{case.stop}", at=case.at, limit=MANY)
    assert [{key: line[key] for key in naive.TOLD} for line in told] == expected
    assert paged(city, case, count=len(expected)) == [place_of(line) for line in told]


def place_of(line: dict[str, object]) -> tuple[object, ...]:
    names = ("trip_id", "start_date", "start_time", "stop_id", "stop_sequence")
    return tuple(line[name] for name in names)


def paged(city: City, case: Case, *, count: int) -> list[tuple[object, ...]]:
    """The same departures, asked for two at a time."""
    found: list[tuple[object, ...]] = []
    cursor = None
    while len(found) < count:
        page = city.board(f"f:{case.stop}", at=case.at, limit=2, cursor=cursor)
        found += [place_of(line) for line in page["departures"]]
        cursor = page["next"]
        if cursor is None:
            break
    return found[:count]
