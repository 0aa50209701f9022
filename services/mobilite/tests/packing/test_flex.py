"""Feeds with demand-responsive trips (GTFS-Flex)."""

from datetime import date
from typing import Any

import pytest
from boards import City, paris
from cities import imported, notes_of
from on_demand import FLEX_ONLY, MIXED

from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.packing.domain.feed_version import describe_version
from mobilite.timetable.domain.feed_schedule import FeedSchedule
from socle.errors import Refusal


def changed(files: dict[str, str], file: str, before: str, after: str) -> dict[str, str]:
    assert before in files[file]
    return {**files, file: files[file].replace(before, after)}


def test_flex_trips_are_stored_apart_from_those_at_fixed_times() -> None:
    timetable, report = imported(MIXED)
    assert list(timetable.trip_ids) == ["t", "devie"]
    assert timetable.call_sequence.tolist() == [1, 4, 1, 3]
    notes = notes_of(timetable)
    assert [trip["trip_id"] for trip in notes["flex_trips"]] == ["zone", "groupe"]
    assert notes["flex_trips"][0] == {
        "route_id": "tad",
        "service_id": "daily",
        "trip_id": "zone",
        "trip_headsign": "Campagne",
        "safe_duration_factor": "1.5",
        "safe_duration_offset": "300",
    }
    calls = notes["flex_stop_times"]
    assert [(call["trip_id"], call["stop_sequence"]) for call in calls] == [
        ("zone", 1),
        ("zone", 2),
        ("groupe", 1),
        ("groupe", 2),
        ("devie", 2),
    ]
    assert calls[0] == {
        "trip_id": "zone",
        "location_id": "campagne",
        "stop_sequence": 1,
        "start_pickup_drop_off_window": "08:00:00",
        "end_pickup_drop_off_window": "12:00:00",
        "pickup_type": 2,
        "drop_off_type": 1,
        "pickup_booking_rule_id": "veille",
    }
    assert calls[2]["departure_time"] == "09:00:00"
    assert notes["locations"][0]["location_id"] == "campagne"
    assert notes["locations"][0]["stop_name"] == "Campagne"
    assert notes["locations"][0]["geometry"]["type"] == "Polygon"
    assert notes["booking_rules"][0]["prior_notice_last_time"] == "17:00:00"
    assert notes["location_group_stops"][1] == {"location_group_id": "hameaux", "stop_id": "s6"}
    assert {code for _, code in report} == {"unread_field"}
    assert report["locations.geojson", "unread_field"].message.endswith(": couleur.")


def test_the_booking_rule_of_a_call_at_a_fixed_time_is_retained() -> None:
    timetable, _ = imported(MIXED)
    assert [timetable.text(row) for row in timetable.call_pickup_booking.tolist()] == [
        "",
        "",
        "heure",
        "",
    ]


def test_no_board_has_a_flex_trip() -> None:
    city = City(now=paris("07:30:00"))
    city.schedule(MIXED, "f")
    board = city.board("f:s1", at=paris("00:00:00"), limit=100)["departures"]
    assert {departure["trip_id"] for departure in board} == {"f:t", "f:devie"}
    assert city.board("f:s5", at=paris("00:00:00"), limit=100)["departures"] == []


@pytest.mark.parametrize("without_stops", [True, False])
def test_a_feed_of_flex_trips_alone_is_accepted(without_stops: bool) -> None:
    files = FLEX_ONLY if without_stops else {**FLEX_ONLY, "stops.txt": MIXED["stops.txt"]}
    timetable, report = imported(files)
    assert not len(timetable.trip_ids)
    assert not len(timetable.call_stop)
    assert [trip["trip_id"] for trip in timetable.notes.rows("flex_trips")] == ["zone"]
    assert {code for _, code in report} == {"unread_field"}
    version = describe_version(timetable, (), sha256="", size=0)
    assert (version.valid_from, version.valid_to) == (date(2026, 1, 1), date(2026, 12, 31))
    assert version.counts["flex_trips"] == 1
    assert timetable.services_on(ServiceDate(date(2026, 3, 2))).tolist() == [True]
    city = City(now=paris("07:30:00"))
    city.schedule(files, "f")
    assert city.feeds()["f"]["schedule"]["serving"]
    schedule = FeedSchedule(timetable)
    assert [schedule.never_boards(stop) for stop in range(len(timetable.stop_ids))] == (
        [] if without_stops else [True] * 6
    )


def test_the_service_of_a_booking_rule_is_retained_without_counting_as_one_of_trips() -> None:
    timetable, _ = imported(MIXED)
    assert list(timetable.service_ids) == ["daily"]
    (office,) = timetable.notes.rows("calendar")
    assert (office["service_id"], office["end_date"]) == ("bureau", "20291231")


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("zone,,,,campagne,,2,", "zone,,,,ailleurs,,2,", "unknown_location"),
        ("groupe,,,,,hameaux,2,", "groupe,,,,,autres,2,", "unknown_location"),
        ("2,08:00:00,12:00:00,1,2", "2,12:00:00,08:00:00,1,2", "wrong_window"),
        ("2,08:00:00,12:00:00,1,2", "2,,,1,2", "wrong_window"),
        ("zone,,,,campagne,,2,", "zone,,,,campagne,,x,", "wrong_sequence"),
        ("zone,,,,campagne,,2,", "zone,,,,campagne,,1,", "duplicate_call"),
        ("groupe,,,,,hameaux,2,", "perdue,,,,,hameaux,2,", "unknown_trip"),
    ],
)
def test_a_row_that_cannot_be_used_is_dropped_and_reported(
    before: str, after: str, code: str
) -> None:
    timetable, report = imported(changed(MIXED, "stop_times.txt", before, after))
    assert report["stop_times.txt", code].count == 1
    lost = {"zone", "groupe"} - {trip["trip_id"] for trip in timetable.notes.rows("flex_trips")}
    assert len(lost) == 1
    assert report["trips.txt", "trip_without_calls"].samples == tuple(lost)
    assert list(timetable.trip_ids) == ["t", "devie"]


ZONE = MIXED["locations.geojson"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "unreadable"),
        ("{", "unreadable"),
        ("[]", "unreadable"),
        ('{"features": {}}', "unreadable"),
        ("[" * 100_000, "unreadable"),
        (ZONE.replace("47.97", "97.97"), "wrong_location"),
        (ZONE.replace("1.95", '"1.95"'), "wrong_location"),
        (ZONE.replace("Polygon", "Point"), "wrong_location"),
        (ZONE.replace('"campagne"', "null"), "wrong_location"),
        (
            ZONE.replace("[[[1.90, 47.93], [1.95, 47.93], [1.95, 47.97],", "[[[1.9, 47],"),
            "wrong_location",
        ),
        (ZONE.replace('{"stop_name": "Campagne", "couleur": "vert"}', "7"), "wrong_location"),
    ],
)
def test_a_zone_that_cannot_be_read_is_dropped_and_the_bus_runs(content: str, code: str) -> None:
    timetable, report = imported({**MIXED, "locations.geojson": content})
    assert report["locations.geojson", code].count == 1
    assert list(timetable.trip_ids) == ["t", "devie"]
    assert [trip["trip_id"] for trip in timetable.notes.rows("flex_trips")] == ["groupe"]


def test_without_any_usable_trip_the_feed_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        imported(changed(FLEX_ONLY, "stop_times.txt", "08:00:00", "x"))
    assert refused.value.details["code"] == "no_trips"
    without_zones: dict[str, Any] = {**FLEX_ONLY, "locations.geojson": '{"features": []}'}
    with pytest.raises(Refusal) as refused:
        imported(without_zones)
    assert refused.value.details["code"] == "no_stops"


def test_the_ids_of_a_merged_feed_lose_its_prefix() -> None:
    files = {
        **FLEX_ONLY,
        "stop_times.txt": FLEX_ONLY["stop_times.txt"].replace("campagne", "f:campagne"),
        "locations.geojson": FLEX_ONLY["locations.geojson"].replace('"campagne"', '"f:campagne"'),
    }
    timetable, _ = imported(files)
    assert {call["location_id"] for call in timetable.notes.rows("flex_stop_times")} == {"campagne"}
