"""Boards and runs with TripModifications: stops that are skipped and replaced, delays."""

from typing import Any

import pytest
from boards import TODAY, City, city_of_one_bus, clock, paris, update
from cities import LINE

from mobilite.gtfs.domain.ids import FeedId
from mobilite.realtime.domain.run_calls import list_calls
from mobilite.realtime.domain.stop_index import stops_touched

MIDNIGHT = paris("00:00:00")
STOPS = LINE["stops.txt"] + "s9,Quai,47.915,1.905\n"


def detour(modifications: str, *, day: str = "20260302", trips: str = "t", more: str = "") -> str:
    """One entity: the modifications of the bus on a day."""
    return f"""entity {{ id: "m" trip_modifications {{ {more} service_dates: "{day}"
      selected_trips {{ trip_ids: "{trips}" shape_id: "detour" }} {modifications} }} }}"""


PARC_BY_THE_QUAY = detour("""modifications {
  start_stop_selector { stop_sequence: 3 stop_id: "s3" } end_stop_selector { stop_id: "s3" }
  replacement_stops { stop_id: "s9" travel_time_to_stop: 420 }
  propagated_modification_delay: 120 }""")
"""Instead of s3 at 08:20 the bus calls at s9, seven minutes after s2 (08:10), and reaches s4 two
minutes later than planned."""
OF_MODIFIED_TRIP = 'modified_trip { modifications_id: "m" affected_trip_id: "t" \
start_date: "20260302" }'


@pytest.fixture
def city() -> City:
    city = City(now=paris("07:30:00"))
    city.schedule({**LINE, "stops.txt": STOPS})
    return city


def today(city: City, stop: str) -> tuple[Any, ...]:
    """Of the bus of today at a stop: state, scheduled and predicted time, and `modified`."""
    found = [
        (line["state"], clock(line, "scheduled"), clock(line), line["modified"])
        for line in city.departures(f"f:{stop}", at=MIDNIGHT)
        if line["start_date"] == "20260302"
    ]
    return found[0] if found else ()


def test_a_skipped_stop_is_marked_and_its_replacement_appears(city: City) -> None:
    city.publish(PARC_BY_THE_QUAY)
    assert today(city, "s2") == ("scheduled", "08:11:00", None, True)
    assert today(city, "s3") == ("skipped", "08:20:00", None, True)
    assert today(city, "s9") == ("added", "08:17:00", None, True)
    line = city.first("f:s9", at=MIDNIGHT)
    assert (line["outside_timetable"], line["trip_id"], line["headsign"]) == (False, "f:t", "Lac")
    (tomorrow,) = [
        line
        for line in city.departures("f:s3", at=MIDNIGHT, limit=2)
        if line["start_date"] == "20260303"
    ]
    assert (tomorrow["state"], tomorrow["modified"]) == ("scheduled", False)


def test_the_calls_of_the_run_are_those_of_the_detour_and_those_left_out(city: City) -> None:
    city.publish(PARC_BY_THE_QUAY)
    ((key, _),) = city.runs()
    feed = city.live.state.snapshot.feed(FeedId("f"))
    assert feed.schedule is not None
    names = feed.schedule.timetable.stop_ids
    calls = list_calls(feed, key, now=int(city.now.timestamp()))
    eight = int(paris("08:00:00").timestamp())
    assert [
        (names[call.stop], call.sequence, call.state, (call.arrival - eight) // 60)
        for call in calls
    ] == [
        ("s1", 1, "scheduled", 0),
        ("s2", 2, "scheduled", 10),
        ("s3", 3, "skipped", 20),
        ("s9", 3, "added", 17),
        ("s4", 4, "scheduled", 32),
    ]


def test_an_update_of_the_modified_trip_predicts_replacement_stops(city: City) -> None:
    stops = """stop_time_update { stop_sequence: 3 arrival { delay: 60 } departure { delay: 60 } }
               stop_time_update { stop_sequence: 4 arrival { delay: 90 } }"""
    city.publish(
        PARC_BY_THE_QUAY
        + update(TODAY, "stop_time_update { stop_sequence: 1 departure { delay: 600 } }")
        + update(OF_MODIFIED_TRIP, stops, entity="2")
    )
    assert today(city, "s2") == ("no_data", "08:11:00", None, True)
    assert today(city, "s9") == ("added", "08:17:00", "08:18:00", True)
    assert today(city, "s3") == ("skipped", "08:20:00", None, True)
    source = city.feeds()["f"]["real_time"][0]
    assert (source["matched"], source["unmatched"], source["set_aside"]) == (2, 0, {})


def test_an_update_of_the_original_trip_predicts_the_common_stops_alone(city: City) -> None:
    stop = 'stop_time_update { stop_sequence: 2 stop_id: "s2" departure { delay: 300 } }'
    city.publish(PARC_BY_THE_QUAY + update(TODAY, stop))
    assert today(city, "s1") == ("no_data", "08:00:00", None, True)
    assert today(city, "s2") == ("predicted", "08:11:00", "08:16:00", True)
    assert today(city, "s9") == ("added", "08:17:00", None, True)
    ((_, run),) = city.runs()
    # By the schedule without the detour, as the reference requires.
    assert run.calls.arrivals[-1] == int(paris("08:35:00").timestamp())


def test_an_update_of_modifications_that_are_not_published_is_counted(city: City) -> None:
    stop = "stop_time_update { stop_sequence: 1 departure { delay: 60 } }"
    city.publish(update(OF_MODIFIED_TRIP, stop))
    assert today(city, "s1") == ("scheduled", "08:00:00", None, False)
    assert city.feeds()["f"]["real_time"][0]["set_aside"] == {"modified": 1}
    city.publish(update(OF_MODIFIED_TRIP, stop) + PARC_BY_THE_QUAY)
    assert today(city, "s1") == ("predicted", "08:00:00", "08:01:00", True)
    city.publish(update(OF_MODIFIED_TRIP, stop))
    assert today(city, "s1") == ("scheduled", "08:00:00", None, False)


@pytest.mark.parametrize("relationship", ["CANCELED", "DELETED"])
def test_a_run_that_ends_has_no_detour(city: City, relationship: str) -> None:
    city.publish(PARC_BY_THE_QUAY + update(f"{TODAY} schedule_relationship: {relationship}"))
    assert today(city, "s9") == ()
    cancelled = ("cancelled", "08:20:00", None, False)
    assert today(city, "s3") == (cancelled if relationship == "CANCELED" else ())


def test_a_detour_stays_while_its_address_is_silent(city: City) -> None:
    city.publish(PARC_BY_THE_QUAY)
    city.wait(minutes=10)
    assert today(city, "s3")[0] == "skipped"
    assert today(city, "s9")[0] == "added"


def test_boards_of_all_stops_concerned_are_sent_again(city: City) -> None:
    before = city.live.state.snapshot.feed(FeedId("f"))
    city.publish(PARC_BY_THE_QUAY)
    after = city.live.state.snapshot.feed(FeedId("f"))
    assert after.schedule is not None
    touched = stops_touched(after.schedule, before=before.runs, after=after.runs)
    names = after.schedule.timetable.stop_ids
    assert {names[row] for row in touched} == {"s1", "s2", "s3", "s9"}
    assert touched == stops_touched(after.schedule, before=after.runs, after=before.runs)


def test_a_new_timetable_gets_the_detours_too(city: City) -> None:
    city.publish(PARC_BY_THE_QUAY)
    later = LINE["stop_times.txt"].replace("08:", "09:")
    city.schedule({**LINE, "stops.txt": STOPS, "stop_times.txt": later})
    assert today(city, "s9") == ("added", "09:17:00", None, True)
    city.schedule({**LINE, "stops.txt": STOPS})
    assert today(city, "s9") == ("added", "08:17:00", None, True)
    city.publish("")
    assert today(city, "s9") == ()
    assert today(city, "s3") == ("scheduled", "08:20:00", None, False)
    assert city.runs() == []


@pytest.mark.parametrize(
    ("modification", "times"),
    [
        ("travel_time_to_stop: 60", ["08:11:00", "08:15:30"]),
        ("", ["08:13:20", "08:16:40"]),
    ],
)
def test_a_time_without_travel_time_is_between_its_neighbours(
    city: City, modification: str, times: list[str]
) -> None:
    """Of two stops between s2 (08:10) and s3 (08:20)."""
    stops = f'replacement_stops {{ stop_id: "s9" {modification} }}'
    inserted = 'replacement_stops { stop_id: "s1" }'
    city.publish(
        detour(
            f"modifications {{ start_stop_selector {{ stop_sequence: 3 }} {stops} \
{inserted} }}"
        )
    )
    found = [
        clock(line, "scheduled")
        for stop in ("s9", "s1")
        for line in city.departures(f"f:{stop}", at=paris("08:05:00"))
        if line["start_date"] == "20260302"
    ]
    assert found == times


@pytest.mark.parametrize(
    "modifications",
    [
        'modifications { start_stop_selector { stop_id: "s9" } }',
        "modifications { start_stop_selector { stop_sequence: 3 } \
end_stop_selector { stop_sequence: 2 } }",
        "modifications { start_stop_selector { stop_sequence: 1 } \
end_stop_selector { stop_sequence: 3 } } \
modifications { start_stop_selector { stop_sequence: 2 } }",
        'modifications { start_stop_selector { stop_sequence: 1 } \
end_stop_selector { stop_sequence: 4 } replacement_stops { stop_id: "s9" } }',
    ],
    ids=["at no stop of the trip", "ends before it starts", "overlap", "a single stop is left"],
)
def test_modifications_that_cannot_be_applied_leave_the_trip_as_it_is(
    city: City, modifications: str
) -> None:
    city.publish(detour(modifications))
    assert city.runs() == []
    assert today(city, "s2") == ("scheduled", "08:11:00", None, False)


def test_of_a_frequency_only_the_listed_starts_are_modified() -> None:
    city = City(now=paris("07:30:00"))
    frequencies = """\
    trip_id,start_time,end_time,headway_secs
    t,08:00:00,09:00:00,1200
    """
    city.schedule({**LINE, "stops.txt": STOPS, "frequencies.txt": frequencies})
    skipped = "modifications { start_stop_selector { stop_sequence: 3 } \
end_stop_selector { stop_sequence: 3 } }"
    city.publish(detour(skipped, more='start_times: "08:20:00"'))
    lines = city.departures("f:s3", at=MIDNIGHT, limit=3)
    assert [line["state"] for line in lines] == ["scheduled", "skipped", "scheduled"]


def test_a_stop_outside_the_timetable_has_a_number_but_no_call(city: City) -> None:
    city.publish(PARC_BY_THE_QUAY.replace('"s9"', '"temporaire"'))
    ((_, run),) = city.runs()
    assert [run.trip.sequence(place) for place in range(len(run.trip))] == [1, 2, 4]
    assert today(city, "s3")[0] == "skipped"


def test_the_end_of_a_trip_that_is_left_out_is_its_last_stop() -> None:
    city = city_of_one_bus()
    city.publish(
        detour(
            "modifications { start_stop_selector { stop_sequence: 3 } \
end_stop_selector { stop_sequence: 4 } }"
        )
    )
    ends = {stop: city.first(f"f:{stop}", at=MIDNIGHT)["ends_at"] for stop in ("s1", "s2")}
    assert ends == {"s1": "Mairie", "s2": "Mairie"}


@pytest.mark.parametrize(
    "implausible",
    [
        "propagated_modification_delay: 2147483647",
        "propagated_modification_delay: -2147483648",
        'replacement_stops { stop_id: "s9" travel_time_to_stop: 2147483647 }',
    ],
)
def test_implausible_times_leave_the_run_as_it_is(city: City, implausible: str) -> None:
    start = "modifications { start_stop_selector { stop_sequence: 2 }"
    city.publish(detour(f"{start} {implausible} }}"))
    assert city.runs() == []
    assert today(city, "s3") == ("scheduled", "08:20:00", None, False)
