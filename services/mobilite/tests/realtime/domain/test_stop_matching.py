"""Rule 5: which call a stop_time_update is about, where stops repeat and feeds contradict
themselves. The precedence is that of `realtime/domain/stop_matching.py`."""

import pytest
from boards import TODAY, City, city_of_one_bus, clock, paris, prediction_at, update
from cities import LINE, STATION_STOPS


@pytest.fixture
def city() -> City:
    return city_of_one_bus()


LOOP = {
    **LINE,
    "stop_times.txt": """\
trip_id,arrival_time,departure_time,stop_id,stop_sequence
t,08:00:00,08:00:00,s1,10
t,08:10:00,08:10:00,s2,20
t,08:20:00,08:20:00,s1,30
t,08:30:00,08:30:00,s3,40
t,08:40:00,08:40:00,s4,50
""",
}


def loop(stops: str) -> tuple[list[tuple[str | None, str | None]], int]:
    """The two passages at s1 (scheduled, predicted), and the mismatches counted."""
    city = City(now=paris("07:30:00"))
    city.schedule(LOOP)
    city.publish(update(TODAY, stops))
    lines = city.departures("f:s1", at=paris("00:00:00"))[:2]
    return [(clock(each, "scheduled"), clock(each)) for each in lines], mismatched(city)


def mismatched(city: City) -> int:
    count: int = city.feeds()["f"]["real_time"][0]["mismatched"]
    return count


def test_a_sequence_reports_which_passage_at_a_repeated_stop() -> None:
    lines, wrong = loop(
        'stop_time_update { stop_sequence: 30 stop_id: "s1" departure { delay: 60 } }'
    )
    assert lines == [("08:00:00", None), ("08:20:00", "08:21:00")]
    assert wrong == 0


def test_a_repeated_stop_without_sequence_is_the_one_after_the_update_before() -> None:
    lines, wrong = loop(
        """stop_time_update { stop_id: "s2" departure { delay: 60 } }
        stop_time_update { stop_id: "s1" departure { delay: 120 } }"""
    )
    assert lines == [("08:00:00", None), ("08:20:00", "08:22:00")]
    assert wrong == 0


def test_a_repeated_stop_without_sequence_is_the_one_nearest_to_the_time_reported() -> None:
    at = int(paris("08:23:00").timestamp())
    lines, _ = loop(f'stop_time_update {{ stop_id: "s1" departure {{ time: {at} }} }}')
    assert lines == [("08:00:00", None), ("08:20:00", "08:23:00")]


def test_where_sequence_and_stop_disagree_the_stop_wins_and_it_is_counted(city: City) -> None:
    city.publish(
        update(TODAY, 'stop_time_update { stop_sequence: 1 stop_id: "s3" arrival { delay: 60 } }')
    )
    assert prediction_at(city, "s1") == ("no_data", None)
    assert prediction_at(city, "s3") == ("predicted", "08:21:00")
    assert mismatched(city) == 1


def test_a_stop_the_run_does_not_serve_is_dropped_and_counted(city: City) -> None:
    city.publish(
        update(
            TODAY,
            """stop_time_update { stop_sequence: 2 stop_id: "x" arrival { delay: 60 } }
            stop_time_update { stop_sequence: 77 arrival { delay: 60 } }
            stop_time_update { stop_id: "y" arrival { delay: 60 } }""",
        )
    )
    assert prediction_at(city, "s2") == ("no_data", None)
    assert mismatched(city) == 3


def test_another_platform_of_the_station_is_no_mismatch() -> None:
    city = City(now=paris("07:30:00"))
    city.schedule({**LINE, "stops.txt": STATION_STOPS})
    city.publish(
        update(
            TODAY, 'stop_time_update { stop_sequence: 1 stop_id: "s1b" departure { delay: 60 } }'
        )
    )
    assert prediction_at(city, "gare") == ("predicted", "08:01:00")
    assert mismatched(city) == 0


def test_a_time_days_away_from_the_schedule_is_no_delay(city: City) -> None:
    at = int(paris("08:00:00", "2026-03-09").timestamp())
    city.publish(
        update(TODAY, f"stop_time_update {{ stop_sequence: 1 departure {{ time: {at} }} }}")
    )
    assert prediction_at(city, "s1") == ("no_data", None)
    assert mismatched(city) == 1


def test_a_time_of_the_day_before_is_another_days_run(city: City) -> None:
    """A start_date of tomorrow's run with today's times: no run leaves a day early."""
    at = int(paris("08:05:00").timestamp())
    wrong_day = 'trip_id: "t" start_date: "20260303"'
    city.publish(
        update(wrong_day, f"stop_time_update {{ stop_sequence: 1 departure {{ time: {at} }} }}")
    )
    today, tomorrow = city.departures("f:s1", limit=2)
    assert (today["state"], today["start_date"]) == ("scheduled", "20260302")
    assert (tomorrow["state"], tomorrow["predicted"]) == ("no_data", None)
    assert mismatched(city) == 1
