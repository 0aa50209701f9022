"""Rule 8 where it hurts: midnight, the nights the clocks change, public holidays, updates without
a day, trips of another feed; for runs of the timetable and for those outside it."""

from datetime import datetime
from typing import Any

import pytest
from boards import City, update
from cities import LINE

from mobilite.gtfs.domain.ids import FeedId
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.realtime.domain.feed_snapshot import FeedSnapshot
from mobilite.realtime.domain.run_calls import find_run_of_descriptor
from mobilite.realtime.domain.trip_update import TripDescriptor

YEARS = """\
service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date
daily,1,1,1,1,1,1,1,20260101,20271231
"""
NIGHT = {
    **LINE,
    "calendar.txt": YEARS,
    "stop_times.txt": """\
    trip_id,arrival_time,departure_time,stop_id,stop_sequence
    t,23:50:00,23:50:00,s1,1
    t,26:30:00,26:30:00,s2,2
    t,27:30:00,27:30:00,s3,3
    """,
}
"""A night bus: it leaves before midnight, calls at 26:30 and ends at 27:30."""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def night(now: str) -> City:
    city = City(now=at(now))
    city.schedule(NIGHT)
    return city


def result(city: City, stop: str, since: str) -> Any:
    line = city.first(f"f:{stop}", at=at(since))
    return line["start_date"], line["scheduled"], line["predicted"]


CLOCKS = pytest.mark.parametrize(
    ("day", "leaves", "half_past_two"),
    [
        ("20261024", "2026-10-24T23:50:00+02:00", "2026-10-25T02:30:00+02:00"),
        ("20261025", "2026-10-25T23:50:00+01:00", "2026-10-26T02:30:00+01:00"),
        ("20270327", "2027-03-27T23:50:00+01:00", "2027-03-28T03:30:00+02:00"),
        ("20270328", "2027-03-28T23:50:00+02:00", "2027-03-29T02:30:00+02:00"),
    ],
    ids=["into the night of winter", "after it", "into the night of summer", "after it"],
)


@CLOCKS
def test_delays_and_times_agree_in_the_nights_the_clocks_change(
    day: str, leaves: str, half_past_two: str
) -> None:
    """A night counts on from the day it began: 26:30 of 24 October is the first of the two 02:30,
    26:30 of 27 March is 03:30, since 02:30 does not exist."""
    city = night(leaves)
    known = f'trip_id: "t" start_date: "{day}"'
    city.publish(update(known, "stop_time_update { stop_sequence: 1 departure { delay: 300 } }"))
    expected = at(half_past_two).timestamp() + 300
    assert result(city, "s2", leaves)[:2] == (day, half_past_two)
    assert at(result(city, "s2", leaves)[2]).timestamp() == expected
    content = f"stop_time_update {{ stop_sequence: 2 departure {{ time: {int(expected)} }} }}"
    city.publish(update(known, content))
    assert city.first("f:s2", at=at(leaves))["delay"] == 300


@CLOCKS
def test_an_update_without_a_day_finds_its_night(day: str, leaves: str, half_past_two: str) -> None:
    city = night(half_past_two)
    time = int(at(half_past_two).timestamp()) + 600
    city.publish(
        update(
            'trip_id: "t"', f"stop_time_update {{ stop_sequence: 2 departure {{ time: {time} }} }}"
        )
    )
    ((key, _),) = city.runs()
    assert city.day(key) == day


@CLOCKS
def test_a_duplicate_of_a_night_retains_its_clock(
    day: str, leaves: str, half_past_two: str
) -> None:
    city = night(leaves)
    own = f'trip_properties {{ trip_id: "copy" start_date: "{day}" start_time: "23:55:00" }}'
    city.publish(update('trip_id: "t" schedule_relationship: DUPLICATED', more=own))
    (copy,) = [
        line
        for line in city.departures("f:s2", at=at(leaves), limit=4)
        if line["trip_id"] == "f:copy"
    ]
    assert at(copy["scheduled"]).timestamp() == at(half_past_two).timestamp() + 300
    assert copy["start_date"] == day


def test_a_new_run_past_midnight_belongs_to_the_day_it_reports() -> None:
    city = night("2026-03-03T00:10:00+01:00")
    time = int(at("2026-03-03T00:30:00+01:00").timestamp())
    stops = "".join(
        f'stop_time_update {{ stop_id: "{stop}" departure {{ time: {time + late} }} }}'
        for stop, late in (("s1", 0), ("s3", 600))
    )
    new = 'trip_id: "extra" route_id: "r" start_date: "20260302" schedule_relationship: NEW'
    city.publish(update(new, stops))
    assert result(city, "s1", "2026-03-03T00:10:00+01:00")[0] == "20260302"


@pytest.mark.parametrize(
    ("day", "half_past_two"),
    [("2026-10-25", "2026-10-25T02:30:00+01:00"), ("2027-03-28", "2027-03-28T01:30:00+01:00")],
)
def test_times_of_the_day_itself_count_from_noon_minus_twelve_hours(
    day: str, half_past_two: str
) -> None:
    early = """\
    trip_id,arrival_time,departure_time,stop_id,stop_sequence
    t,02:30:00,02:30:00,s1,1
    t,02:40:00,02:40:00,s4,2
    """
    city = City(now=at(f"{day}T00:10:00+01:00"))
    city.schedule({**LINE, "calendar.txt": YEARS, "stop_times.txt": early})
    assert result(city, "s1", half_past_two)[1] == half_past_two
    known = f'trip_id: "t" start_date: "{day.replace("-", "")}"'
    city.publish(update(known, "stop_time_update { stop_sequence: 1 departure { delay: 60 } }"))
    assert city.first("f:s1", at=at(half_past_two))["delay"] == 60


WEEKDAY_NIGHT = {
    **NIGHT,
    "calendar.txt": YEARS.replace("1,1,1,1,1,1,1", "1,1,1,1,1,0,0"),
    "stop_times.txt": """\
    trip_id,arrival_time,departure_time,stop_id,stop_sequence
    t,24:10:00,24:10:00,s1,1
    t,24:30:00,24:30:00,s2,2
    t,24:40:00,24:40:00,s3,3
    """,
}
"""A night bus of weekdays only: that of Friday 6 March 2026 leaves at 00:10 on Saturday."""


def dated(day: str, stops: str) -> City:
    """That night, with an update of the bus that gives `day` as its start_date."""
    city = City(now=at("2026-03-07T00:05:00+01:00"))
    city.schedule(WEEKDAY_NIGHT)
    city.publish(update(f'trip_id: "t" start_date: "{day}"', stops))
    return city


def leaves_at(clock: str, day: str = "2026-03-07") -> str:
    time = int(at(f"{day}T{clock}+01:00").timestamp())
    return f"stop_time_update {{ stop_sequence: 1 departure {{ time: {time} }} }}"


@pytest.mark.parametrize(("day", "counted"), [("20260306", 0), ("20260307", 1)])
def test_the_calendar_date_of_a_run_after_midnight_is_its_service_day(
    day: str, counted: int
) -> None:
    city = dated(day, leaves_at("00:14:00"))
    line = city.first("f:s1", at=at("2026-03-07T00:00:00+01:00"))
    assert (line["start_date"], line["state"], line["delay"]) == ("20260306", "predicted", 240)
    source = city.feeds()["f"]["real_time"][0]
    assert (source["matched"], source["unmatched"]) == (1, 0)
    assert source["dated_by_calendar"] == counted


@pytest.mark.parametrize(
    "stops",
    [
        "",
        "stop_time_update { stop_sequence: 1 departure { delay: 240 } }",
        leaves_at("00:14:00", "2026-03-08"),
        leaves_at("00:14:00", "2026-03-06"),
        leaves_at("00:14:00").replace("sequence: 1", "sequence: 77"),
    ],
    ids=["no stops", "a delay alone", "a day late", "a day early", "at no stop of the trip"],
)
def test_a_date_without_a_run_needs_a_prediction_that_fits_the_night_before(stops: str) -> None:
    source = dated("20260307", stops).feeds()["f"]["real_time"][0]
    assert (source["unmatched_reasons"], source["dated_by_calendar"]) == ({"not_running": 1}, 0)


@pytest.mark.parametrize("day", ["20260306", "20260307"])
@pytest.mark.parametrize("stops", ["", 'stop_time_update { stop_id: "s1" }'])
def test_a_cancellation_with_the_calendar_date_cancels_the_night_before(
    day: str, stops: str
) -> None:
    city = City(now=at("2026-03-07T00:05:00+01:00"))
    city.schedule(WEEKDAY_NIGHT)
    city.publish(update(f'trip_id: "t" start_date: "{day}" schedule_relationship: CANCELED', stops))
    line = city.first("f:s1", at=at("2026-03-07T00:00:00+01:00"))
    assert (line["start_date"], line["state"]) == ("20260306", "cancelled")
    source = city.feeds()["f"]["real_time"][0]
    assert (source["matched"], source["unmatched"]) == (1, 0)
    assert source["dated_by_calendar"] == (day == "20260307")


@pytest.mark.parametrize(
    ("day", "start"),
    [("20260307", "23:50"), ("20260308", "24:10"), ("20260307", "48:10"), ("20260305", "24:10")],
    ids=["starts before midnight", "two days later", "starts a day later", "a date it runs on"],
)
def test_a_cancellation_of_another_date_leaves_the_night_alone(day: str, start: str) -> None:
    city = City(now=at("2026-03-07T00:05:00+01:00"))
    times = WEEKDAY_NIGHT["stop_times.txt"].replace("24:10", start)
    times = times.replace("24:30", "49:30").replace("24:40", "49:40")
    city.schedule({**WEEKDAY_NIGHT, "stop_times.txt": times})
    city.publish(update(f'trip_id: "t" start_date: "{day}" schedule_relationship: CANCELED'))
    lines = city.departures("f:s1", at=at("2026-03-06T12:00:00+01:00"))
    (night,) = [line for line in lines if line["start_date"] == "20260306"]
    assert night["state"] == "scheduled"
    assert city.feeds()["f"]["real_time"][0]["dated_by_calendar"] == 0


def test_a_vehicle_with_the_date_of_its_update_serves_the_same_run() -> None:
    city = dated("20260307", leaves_at("00:14:00"))
    feed = city.live.state.snapshot.feed(FeedId("f"))
    ((run, _),) = city.runs()
    vehicle = TripDescriptor(trip_id="t", start_date=ServiceDate.parse("20260307"))
    seen_at = int(at("2026-03-07T00:14:00+01:00").timestamp())
    assert find_run_of_descriptor(feed, vehicle, seen_at=seen_at) == run
    without_update = FeedSnapshot(feed.feed_id, feed.schedule)
    assert find_run_of_descriptor(without_update, vehicle, seen_at=seen_at) is None


def test_a_date_on_which_the_trip_runs_is_believed() -> None:
    city = City(now=at("2026-03-06T00:05:00+01:00"))
    city.schedule(WEEKDAY_NIGHT)
    city.publish(update('trip_id: "t" start_date: "20260306"', leaves_at("00:14:00", "2026-03-06")))
    ((key, _),) = city.runs()
    assert city.day(key) == "20260306"
    assert city.feeds()["f"]["real_time"][0]["dated_by_calendar"] == 0


HOLIDAYS = {
    **LINE,
    "calendar.txt": YEARS.replace("1,1,1,1,1,1,1", "1,1,1,1,1,0,0"),
    "calendar_dates.txt": """\
    service_id,date,exception_type
    daily,20260714,2
    sunday,20260714,1
    """,
    "trips.txt": """\
    route_id,service_id,trip_id
    r,daily,t
    r,sunday,d
    """,
    "stop_times.txt": LINE["stop_times.txt"]
    + "d,09:00:00,09:00:00,s1,1\nd,09:30:00,09:30:00,s4,4\n",
}
"""14 July runs as a Sunday."""


@pytest.mark.parametrize("variant", ["SCHEDULED", "CANCELED", "REPLACEMENT"])
def test_on_a_holiday_only_that_days_trips_are_meant(variant: str) -> None:
    city = City(now=at("2026-07-14T07:30:00+02:00"))
    city.schedule(HOLIDAYS)
    weekday = f'trip_id: "t" start_date: "20260714" schedule_relationship: {variant}'
    sunday = f'trip_id: "d" start_date: "20260714" schedule_relationship: {variant}'
    stops = "".join(
        f'stop_time_update {{ stop_sequence: {n} stop_id: "s{n}" departure {{ time: {time} }} }}'
        for n, time in ((1, 1_784_012_700), (4, 1_784_014_500))
    )
    city.publish(update(weekday, stops, entity="1") + update(sunday, stops, entity="2"))
    source = city.feeds()["f"]["real_time"][0]
    assert source["unmatched_reasons"] == {"not_running": 1}
    board = city.departures("f:s1", at=at("2026-07-14T00:00:00+02:00"))
    (line,) = [line for line in board if line["start_date"] == "20260714"]
    assert line["trip_id"] == "f:d"
    state = {"SCHEDULED": "predicted", "CANCELED": "cancelled", "REPLACEMENT": "added"}
    assert line["state"] == state[variant]


def test_an_undated_update_on_a_holiday_means_no_run_of_the_day() -> None:
    city = City(now=at("2026-07-14T08:05:00+02:00"))
    city.schedule(HOLIDAYS)
    city.publish(
        update('trip_id: "t"', "stop_time_update { stop_sequence: 1 departure { delay: 60 } }")
    )
    assert city.feeds()["f"]["real_time"][0]["unmatched_reasons"] == {"not_running": 1}


@pytest.mark.parametrize(
    "variant", ["SCHEDULED", "UNSCHEDULED", "CANCELED", "DELETED", "REPLACEMENT", "DUPLICATED"]
)
def test_trip_ids_of_another_feed_are_matched_nowhere_and_counted(variant: str) -> None:
    """Even if the other feed has that trip: ids are local to a feed."""
    city = City(now=at("2026-03-02T07:30:00+01:00"))
    city.schedule(LINE, "f")
    trips = LINE["trips.txt"].replace("r,daily,t", "r,daily,u")
    calls = LINE["stop_times.txt"].replace("t,0", "u,0")
    city.schedule({**LINE, "trips.txt": trips, "stop_times.txt": calls}, "g")
    own = 'trip_properties { trip_id: "c" start_date: "20260302" start_time: "09:00:00" }'
    city.publish(
        update(f'trip_id: "u" start_date: "20260302" schedule_relationship: {variant}', more=own)
    )
    source = city.feeds()["f"]["real_time"][0]
    assert source["unmatched_reasons"] == {"unknown_trip": 1}
    assert [city.first(f"{feed}:s1")["state"] for feed in "fg"] == ["scheduled"] * 2
