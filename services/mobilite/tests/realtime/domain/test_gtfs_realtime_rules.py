"""The rules of GTFS-Realtime usually got wrong, each as GTFS text, a FeedMessage and a board.

Numbers are those of `realtime/domain/propagation.py`; 6 and 8 to 10 are cancellations, service
days, FULL_DATASET and age. Rule 5 is in `test_stop_matching.py`.
"""

import pytest
from boards import TODAY, City, city_of_one_bus, clock, paris, prediction_at, update
from cities import LINE


@pytest.fixture
def city() -> City:
    return city_of_one_bus()


# 1. Unknown is not on time.


def test_without_a_trip_update_nothing_is_known_beyond_the_schedule(city: City) -> None:
    line = city.first("f:s1")
    assert line["state"] == "scheduled"
    assert line["predicted"] is None
    assert line["delay"] is None
    assert line["scheduled"] == "2026-03-02T08:00:00+01:00"


def test_a_stop_before_the_first_update_is_unknown(city: City) -> None:
    city.publish(update(TODAY, "stop_time_update { stop_sequence: 2 departure { delay: 120 } }"))
    assert prediction_at(city, "s1") == ("no_data", None)
    assert prediction_at(city, "s2") == ("predicted", "08:13:00")
    assert prediction_at(city, "s3") == ("predicted", "08:22:00")


def test_an_update_without_any_word_reports_nothing(city: City) -> None:
    city.publish(update(TODAY))
    assert prediction_at(city, "s2") == ("no_data", None)


# 2. Over SKIPPED, not over NO_DATA.


def test_a_delay_propagates_over_skipped_stops(city: City) -> None:
    city.publish(
        update(
            TODAY,
            """stop_time_update { stop_sequence: 1 departure { delay: 300 } }
            stop_time_update { stop_sequence: 2 schedule_relationship: SKIPPED }""",
        )
    )
    assert prediction_at(city, "s1") == ("predicted", "08:05:00")
    assert prediction_at(city, "s2") == ("skipped", None)
    assert prediction_at(city, "s3") == ("predicted", "08:25:00")


def test_no_data_ends_a_delay_and_propagates_itself(city: City) -> None:
    city.publish(
        update(
            TODAY,
            """stop_time_update { stop_sequence: 1 departure { delay: 300 } }
            stop_time_update { stop_sequence: 2 schedule_relationship: NO_DATA }""",
        )
    )
    assert prediction_at(city, "s1") == ("predicted", "08:05:00")
    assert prediction_at(city, "s2") == ("no_data", None)
    assert prediction_at(city, "s3") == ("no_data", None)


# 3. `time` wins; the trip's delay holds until the first stop's own.


def test_time_wins_over_delay_and_gives_the_delay_that_propagates(city: City) -> None:
    at = int(paris("08:03:00").timestamp())
    city.publish(
        update(
            TODAY,
            f"stop_time_update {{ stop_sequence: 1 departure {{ time: {at} delay: 999 }} }}",
        )
    )
    assert prediction_at(city, "s1") == ("predicted", "08:03:00")
    assert prediction_at(city, "s3") == ("predicted", "08:23:00")


def test_the_delay_of_the_trip_holds_until_a_stop_has_its_own(city: City) -> None:
    city.publish(
        update(TODAY, "stop_time_update { stop_sequence: 3 arrival { delay: 0 } }", "delay: 60")
    )
    assert prediction_at(city, "s1") == ("predicted", "08:01:00")
    assert prediction_at(city, "s2") == ("predicted", "08:12:00")
    assert prediction_at(city, "s3") == ("predicted", "08:20:00")


# 4. A dropped past update leaves the schedule; times never go back.


def test_a_dropped_past_update_reverts_that_stop_to_its_schedule(city: City) -> None:
    city.now = paris("08:07:00")
    at = int(paris("08:09:00").timestamp())
    early = f"stop_time_update {{ stop_sequence: 2 departure {{ time: {at} }} }}"
    city.publish(update(TODAY, early))
    assert city.first("f:s2")["delay"] == -120
    later = int(paris("08:19:00").timestamp())
    city.publish(
        update(TODAY, f"stop_time_update {{ stop_sequence: 3 departure {{ time: {later} }} }}")
    )
    line = city.first("f:s2")
    assert (line["state"], line["predicted"]) == ("no_data", None)
    assert clock(line, "scheduled") == "08:11:00"


# 6. CANCELED is shown, DELETED is hidden, whatever the stops say.

CANCEL = TODAY + " schedule_relationship: "
DELAYED_STOP = "stop_time_update { stop_sequence: 1 departure { delay: 60 } }"


def test_a_cancelled_trip_is_displayed_until_it_should_have_left(city: City) -> None:
    city.publish(update(CANCEL + "CANCELED", DELAYED_STOP))
    assert prediction_at(city, "s1") == ("cancelled", None)
    assert prediction_at(city, "s3") == ("cancelled", None)
    city.now = paris("08:00:30")
    assert city.first("f:s1")["start_date"] == "20260303"


def test_a_deleted_trip_is_hidden(city: City) -> None:
    city.publish(update(CANCEL + "DELETED", DELAYED_STOP))
    assert city.first("f:s1")["start_date"] == "20260303"


# 8. The service day.

NIGHT = {
    **LINE,
    "stop_times.txt": """\
trip_id,arrival_time,departure_time,stop_id,stop_sequence
t,23:50:00,23:50:00,s1,1
t,25:10:00,25:10:00,s2,2
t,25:20:00,25:20:00,s3,3
""",
}


def test_a_run_past_midnight_belongs_to_the_day_before() -> None:
    city = City(now=paris("00:30:00", "2026-03-03"))
    city.schedule(NIGHT)
    city.publish(update(TODAY, "stop_time_update { stop_sequence: 2 departure { delay: 60 } }"))
    line = city.first("f:s2")
    assert line["start_date"] == "20260302"
    assert line["scheduled"] == "2026-03-03T01:10:00+01:00"
    assert line["predicted"] == "2026-03-03T01:11:00+01:00"


def test_start_date_reports_two_days_of_a_trip_apart(city: City) -> None:
    city.publish(update('trip_id: "t" start_date: "20260303"', DELAYED_STOP))
    today, tomorrow = city.departures("f:s1", limit=2)
    assert today["state"] == "scheduled"
    assert clock(tomorrow) == "08:01:00"


@pytest.mark.parametrize(
    ("now", "stops", "day"),
    [
        ("07:55:00", DELAYED_STOP, "20260302"),
        ("22:00:00", DELAYED_STOP, "20260303"),
        (
            "12:00:00",
            f"stop_time_update {{ stop_sequence: 3 "
            f"arrival {{ time: {int(paris('12:30:00').timestamp())} }} }}",
            "20260302",
        ),
        ("09:40:00", "stop_time_update { stop_sequence: 1 departure { delay: 7200 } }", "20260302"),
    ],
    ids=["before it leaves", "the evening before", "hours late, by its time", "by its delay"],
)
def test_a_missing_start_date_means_the_nearest_run(
    city: City, now: str, stops: str, day: str
) -> None:
    city.now = paris(now)
    city.publish(update('trip_id: "t"', stops))
    ((key, _),) = city.runs()
    assert city.day(key) == day


def test_a_day_without_the_trip_is_not_matched(city: City) -> None:
    city.publish(update('trip_id: "t" start_date: "20270302"', DELAYED_STOP))
    assert city.feeds()["f"]["real_time"][0]["unmatched_reasons"] == {"not_running": 1}
    assert prediction_at(city, "s1") == ("scheduled", None)


FREQUENT = {
    **LINE,
    "frequencies.txt": """\
trip_id,start_time,end_time,headway_secs,exact_times
t,08:00:00,09:00:00,1200,{exact}
""",
}


def frequent(exact: int) -> dict[str, str]:
    return {**FREQUENT, "frequencies.txt": FREQUENT["frequencies.txt"].format(exact=exact)}


def test_start_time_reports_the_runs_of_a_frequency_apart() -> None:
    city = City(now=paris("07:30:00"))
    city.schedule(frequent(1))
    city.publish(update(TODAY + ' start_time: "08:20:00"', DELAYED_STOP))
    lines = city.departures("f:s1", limit=3)
    assert [clock(line) for line in lines] == [None, "08:21:00", None]
    assert [line["start_time"] for line in lines] == ["08:00:00", "08:20:00", "08:40:00"]
    city.publish(update(TODAY + ' start_time: "08:25:00"', DELAYED_STOP))
    assert city.feeds()["f"]["real_time"][0]["unmatched_reasons"] == {"unknown_run": 1}


def test_without_exact_times_the_nearest_run_is_meant() -> None:
    city = City(now=paris("07:30:00"))
    city.schedule(frequent(0))
    at = int(paris("08:26:00").timestamp())
    city.publish(
        update(
            TODAY + ' start_time: "08:25:00" schedule_relationship: UNSCHEDULED',
            f"stop_time_update {{ stop_sequence: 1 departure {{ time: {at} }} }}",
        )
    )
    assert [clock(line) for line in city.departures("f:s1", limit=3)] == [None, "08:26:00", None]


def test_without_exact_times_a_run_further_than_a_headway_is_none_of_the_timetable() -> None:
    city = City(now=paris("07:30:00"))
    city.schedule(frequent(0))
    city.publish(update(TODAY + ' start_time: "15:00:00"', DELAYED_STOP))
    assert [line["state"] for line in city.departures("f:s1", limit=3)] == ["scheduled"] * 3
    assert city.feeds()["f"]["real_time"][0]["unmatched_reasons"] == {"unknown_run": 1}


# 9. FULL_DATASET, per feed and per address.


def test_a_message_replaces_what_its_address_reported_and_nothing_else() -> None:
    city = City(now=paris("07:30:00"))
    for feed_id in ("f", "g"):
        city.schedule(LINE, feed_id)
        city.publish(update(TODAY, DELAYED_STOP), feed_id)
    city.publish("", "f")
    assert city.first("f:s1")["state"] == "scheduled"
    assert city.first("g:s1")["state"] == "predicted"


# 10. Age.


def test_past_five_minutes_predictions_are_not_reported_any_more(city: City) -> None:
    city.publish(update(TODAY, "stop_time_update { stop_sequence: 1 departure { delay: 3600 } }"))
    city.wait(minutes=5)
    assert prediction_at(city, "s1") == ("predicted", "09:00:00")
    city.wait(seconds=1)
    board = city.board("f:s1")
    line = board["departures"][0]
    assert (line["state"], line["predicted"], line["age"]) == ("stale", None, 301)
    assert board["feeds"][0]["real_time"]["state"] == "stale"
    city.now = paris("08:00:30")
    assert city.first("f:s1")["start_date"] == "20260303"


def test_a_cancellation_outlives_the_silence_of_its_feed(city: City) -> None:
    city.publish(update(CANCEL + "CANCELED"))
    city.wait(minutes=10)
    assert prediction_at(city, "s1") == ("cancelled", None)


def test_trips_of_another_feed_are_not_matched(city: City) -> None:
    city.publish(update('trip_id: "elsewhere" start_date: "20260302"', DELAYED_STOP))
    assert city.feeds()["f"]["real_time"][0]["unmatched_reasons"] == {"unknown_trip": 1}


def test_a_feed_that_speaks_again_is_believed_again(city: City) -> None:
    late = update(TODAY, "stop_time_update { stop_sequence: 1 departure { delay: 60 } }")
    city.publish(late)
    city.wait(minutes=6)
    assert prediction_at(city, "s2") == ("stale", None)
    assert city.board("f:s2")["feeds"][0]["real_time"]["state"] == "stale"
    city.publish(late)
    assert prediction_at(city, "s2") == ("predicted", "08:12:00")
    assert city.board("f:s2")["feeds"][0]["real_time"]["state"] == "live"


@pytest.mark.parametrize("end", ["CANCELED", "DELETED"])
def test_what_was_taken_away_comes_back_when_its_operator_reports_so(city: City, end: str) -> None:
    late = update(TODAY, "stop_time_update { stop_sequence: 1 departure { delay: 60 } }")
    city.publish(update(f"{TODAY} schedule_relationship: {end}"))
    city.publish(late)
    assert prediction_at(city, "s2") == ("predicted", "08:12:00")
    city.publish(update(f"{TODAY} schedule_relationship: {end}"))
    city.publish("")
    assert prediction_at(city, "s2") == ("scheduled", None)
