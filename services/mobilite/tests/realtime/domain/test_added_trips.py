"""Rule 7: runs outside the timetable, each as GTFS text, a FeedMessage and a board."""

import pytest
from added_runs import EXTRA, NEW, at, lines, source, stop
from boards import TODAY, City, city_of_one_bus, clock, paris, prediction_at, update
from cities import DAILY, LINE

from mobilite.trips.flows.get_trip import get_trip

LATER = at("07:31:00")


@pytest.fixture
def city() -> City:
    return city_of_one_bus()


# NEW and ADDED


@pytest.mark.parametrize("variant", ["NEW", "ADDED", "UNSCHEDULED"])
def test_a_new_run_stands_on_the_boards_of_its_stops(city: City, variant: str) -> None:
    city.publish(update(NEW.replace("NEW", variant), EXTRA))
    bus, extra = lines(city, "s2")
    assert (bus["trip_id"], bus["state"]) == ("f:t", "scheduled")
    assert (extra["trip_id"], extra["state"]) == ("f:extra", "added")
    assert extra["outside_timetable"]
    assert extra["route"]["id"] == "f:r"
    assert extra["headsign"] == "Lac"
    assert clock(extra) == "09:00:00"
    assert [line["trip_id"] for line in lines(city, "s1")] == ["f:t"]
    assert lines(city, "s4") == []
    assert (source(city)["added"], source(city)["unmatched"]) == (1, 0)


def test_without_a_schedule_the_time_reported_is_the_one_announced_and_it_is_not_late(
    city: City,
) -> None:
    city.publish(update(NEW, EXTRA))
    extra = lines(city, "s2")[1]
    assert (clock(extra, "scheduled"), extra["delay"]) == ("09:00:00", None)


def test_its_own_schedule_reports_how_late_it_is(city: City) -> None:
    content = stop("s2", "09:05:00", plan="09:00:00") + stop("s3", "09:15:00", plan="09:10:00")
    city.publish(update(NEW, content))
    extra = lines(city, "s2")[1]
    assert (clock(extra, "scheduled"), clock(extra), extra["delay"]) == (
        "09:00:00",
        "09:05:00",
        300,
    )


def test_a_schedule_alone_is_announced_and_not_predicted(city: City) -> None:
    planned = "".join(
        f'stop_time_update {{ stop_id: "{name}" departure {{ scheduled_time: {at(time)} }} }}'
        for name, time in (("s2", "09:00:00"), ("s3", "09:10:00"))
    )
    city.publish(update(NEW, planned))
    extra = lines(city, "s2")[1]
    assert (extra["state"], extra["predicted"]) == ("added", None)
    assert clock(extra, "scheduled") == "09:00:00"


def test_its_own_headsign_and_a_stops_headsign_are_displayed(city: City) -> None:
    properties = 'stop_time_properties { stop_headsign: "Lac par le parc" }'
    content = (
        stop("s2", "09:00:00") + stop("s3", "09:10:00", more=properties) + stop("s4", "09:20:00")
    )
    city.publish(update(NEW, content, 'trip_properties { trip_headsign: "Navette" }'))
    assert lines(city, "s2")[1]["headsign"] == "Navette"
    assert lines(city, "s3")[1]["headsign"] == "Lac par le parc"


def test_a_line_the_timetable_does_not_know_is_displayed_by_the_name_it_is_given(
    city: City,
) -> None:
    city.publish(update(NEW.replace('"r"', '"navette"'), EXTRA))
    route = lines(city, "s2")[1]["route"]
    assert (route["id"], route["short_name"], route["type"]) == ("f:navette", None, None)


def test_stops_no_one_knows_are_left_out_and_counted(city: City) -> None:
    city.publish(
        update(NEW, stop("s2", "09:00:00") + stop("x", "09:05:00") + stop("s3", "09:10:00"))
    )
    assert clock(lines(city, "s2")[1]) == "09:00:00"
    assert source(city)["mismatched"] == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "without_stops"),
        (stop("y", "09:00:00") + stop("x", "09:10:00"), "unknown_stops"),
        ('stop_time_update { stop_id: "s2" departure { delay: 0 } }', "without_times"),
    ],
)
@pytest.mark.parametrize("variant", ["NEW", "ADDED"])
def test_an_unusable_run_is_rejected_with_its_reason(
    city: City, variant: str, content: str, reason: str
) -> None:
    city.publish(update(NEW.replace("NEW", variant), content))
    assert source(city)["set_aside"] == {reason: 1}
    assert (source(city)["added"], source(city)["matched"], source(city)["unmatched"]) == (0, 0, 0)
    assert [line["trip_id"] for line in lines(city, "s2")] == ["f:t"]


def test_a_skipped_stop_of_a_new_run_is_reported_and_its_delay_propagates(city: City) -> None:
    content = (
        stop("s1", "09:05:00", plan="09:00:00")
        + f'stop_time_update {{ stop_id: "s2" schedule_relationship: SKIPPED '
        f"departure {{ scheduled_time: {at('09:10:00')} }} }}"
        + f'stop_time_update {{ stop_id: "s3" departure {{ scheduled_time: {at("09:20:00")} }} }}'
        + stop("s4", "09:30:00", plan="09:30:00")
    )
    city.publish(update(NEW, content))
    assert lines(city, "s2")[1]["state"] == "skipped"
    assert clock(lines(city, "s3")[1]) == "09:25:00"


def test_a_new_run_without_a_day_runs_on_the_day_of_its_times(city: City) -> None:
    city.publish(update('trip_id: "extra" route_id: "r" schedule_relationship: NEW', EXTRA))
    assert lines(city, "s2")[1]["trip_id"] == "f:extra"


# Its end


@pytest.mark.parametrize("variant", ["CANCELED", "DELETED"])
def test_the_end_of_a_new_run_holds_wherever_it_is_reported(city: City, variant: str) -> None:
    """The cancellation is another record than the update that builds the run, without its start
    time."""
    city.publish(
        update(NEW + ' start_time: "09:00:00"', EXTRA, entity="1")
        + update(NEW.replace("NEW", variant), entity="2", more=f"timestamp: {at('07:31:00')}")
    )
    displayed = [(line["trip_id"], line["state"]) for line in lines(city, "s2")]
    cancelled = [("f:extra", "cancelled")] if variant == "CANCELED" else []
    assert displayed == [("f:t", "scheduled"), *cancelled]


def test_a_new_run_cancelled_with_its_stops_is_displayed_cancelled(city: City) -> None:
    city.publish(update(NEW, EXTRA))
    city.publish(update(NEW.replace("NEW", "CANCELED"), EXTRA))
    assert lines(city, "s2")[1]["state"] == "cancelled"


def test_a_cancellation_of_nothing_is_unmatched(city: City) -> None:
    city.publish(update(NEW.replace("NEW", "CANCELED")))
    assert source(city)["unmatched_reasons"] == {"unknown_trip": 1}


def test_when_its_feed_falls_silent_a_new_run_stays_without_its_predictions(city: City) -> None:
    city.publish(update(NEW, EXTRA))
    city.wait(seconds=301)
    extra = lines(city, "s2")[1]
    assert (extra["state"], extra["predicted"]) == ("stale", None)
    assert extra["outside_timetable"]
    assert clock(extra, "scheduled") == "09:00:00"


# REPLACEMENT


def test_a_replacement_takes_the_place_of_its_run_and_that_days_only(city: City) -> None:
    content = stop("s1", "08:20:00") + stop("s3", "08:50:00")
    city.publish(update(TODAY + " schedule_relationship: REPLACEMENT", content))
    (line,) = lines(city, "s1")
    assert (line["trip_id"], line["state"], clock(line)) == ("f:t", "added", "08:20:00")
    assert line["headsign"] == "Parc"
    assert lines(city, "s2", "20260303")[0]["state"] == "scheduled"


def test_a_stop_that_a_replacement_leaves_out_reports_so(city: City) -> None:
    content = stop("s1", "08:20:00") + stop("s3", "08:50:00") + stop("s4", "09:00:00")
    replaced = TODAY + " schedule_relationship: REPLACEMENT"
    city.publish(update(replaced, content))
    (line,) = lines(city, "s2")
    assert (line["trip_id"], line["state"], line["predicted"]) == ("f:t", "skipped", None)
    assert clock(line, "scheduled") == "08:11:00"
    sheet = get_trip(city.live.state, "f:t", now=city.now)
    result = [(call.sequence, call.state) for call in sheet.calls]
    assert result == [(1, "added"), (2, "skipped"), (2, "added"), (3, "added")]
    city.publish(
        update(replaced, content)
        + update(TODAY + " schedule_relationship: CANCELED", entity="2", more=f"timestamp: {LATER}")
    )
    assert [line["state"] for line in lines(city, "s2")] == ["cancelled"]
    city.publish(update(TODAY + " schedule_relationship: DELETED"))
    assert lines(city, "s2") == []


def test_a_replacement_that_ends_early_reports_so_where_it_ends(city: City) -> None:
    """As a run whose last stops are skipped does: there it was a departure."""
    content = stop("s1", "08:20:00") + stop("s3", "08:50:00")
    city.publish(update(TODAY + " schedule_relationship: REPLACEMENT", content))
    assert lines(city, "s1")[0]["ends_at"] == "Parc"
    (line,) = lines(city, "s3")
    assert (line["state"], clock(line), line["ends_at"]) == ("added", "08:50:00", "Parc")
    assert lines(city, "s4") == []


def test_a_replacement_that_ends_in_the_same_place_retains_the_headsign(city: City) -> None:
    content = stop("s1", "08:20:00") + stop("s4", "08:50:00")
    city.publish(update(TODAY + " schedule_relationship: REPLACEMENT", content))
    assert lines(city, "s1")[0]["headsign"] == "Lac"


@pytest.mark.parametrize("variant", ["REPLACEMENT", "NEW", "ADDED"])
def test_an_unusable_replacement_does_not_hide_a_cancellation(city: City, variant: str) -> None:
    """Two records of one run: without a start date the second is matched to it too."""
    city.publish(
        update(f"{TODAY} schedule_relationship: {variant}", more=f"timestamp: {LATER}")
        + update(
            'trip_id: "t" schedule_relationship: CANCELED',
            more=f"timestamp: {at('07:30:00')}",
            entity="2",
        )
    )
    assert prediction_at(city, "s1") == ("cancelled", None)


@pytest.mark.parametrize("variant", ["NEW", "ADDED"])
def test_a_new_run_by_the_name_of_a_run_of_that_day_replaces_it(city: City, variant: str) -> None:
    city.publish(update(f"{TODAY} schedule_relationship: {variant}", EXTRA))
    assert [clock(line) for line in lines(city, "s2")] == ["09:00:00"]


# DUPLICATED

COPY = 'trip_properties { trip_id: "copy" start_date: "20260302" start_time: "10:00:00" }'


def test_a_duplicate_is_the_trip_again_at_its_own_start(city: City) -> None:
    city.publish(update('trip_id: "t" schedule_relationship: DUPLICATED', more=COPY))
    first, second = lines(city, "s2")
    assert (first["trip_id"], first["state"]) == ("f:t", "scheduled")
    assert (second["trip_id"], second["state"]) == ("f:copy", "added")
    assert clock(second, "scheduled") == "10:11:00"
    assert (second["predicted"], second["headsign"]) == (None, "Lac")
    assert second["stop_sequence"] == 2


def test_predictions_apply_to_a_duplicate_and_not_to_its_original(city: City) -> None:
    delayed = "stop_time_update { stop_sequence: 1 departure { delay: 120 } }"
    city.publish(update('trip_id: "t" schedule_relationship: DUPLICATED', delayed, COPY))
    first, second = lines(city, "s2")
    assert first["state"] == "scheduled"
    assert (clock(second), second["delay"]) == ("10:13:00", 120)


def test_a_duplicate_can_be_cancelled_by_its_own_name(city: City) -> None:
    city.publish(
        update('trip_id: "t" schedule_relationship: DUPLICATED', more=COPY)
        + update(
            'trip_id: "copy" start_date: "20260302" schedule_relationship: CANCELED',
            more=f"timestamp: {at('07:31:00')}",
            entity="2",
        )
    )
    assert [line["state"] for line in lines(city, "s2")] == ["scheduled", "cancelled"]


def test_a_duplicate_of_another_day_has_that_days_clock() -> None:
    """Clocks go forward on 28 March 2027: the copy counts from noon minus twelve hours."""
    city = City(now=paris("12:00:00", "2027-03-27"))
    files = {**LINE, "calendar.txt": DAILY.replace("20261231", "20271231")}
    city.schedule(files)
    own = 'trip_properties { trip_id: "copy" start_date: "20270328" start_time: "10:00:00" }'
    city.publish(update('trip_id: "t" schedule_relationship: DUPLICATED', more=own))
    (copy,) = [each for each in city.departures("f:s1") if each["trip_id"] == "f:copy"]
    assert copy["scheduled"] == "2027-03-28T10:00:00+02:00"


def test_a_duplicate_of_nothing_or_without_a_day_is_counted(city: City) -> None:
    city.publish(update('trip_id: "x" schedule_relationship: DUPLICATED', more=COPY))
    assert source(city)["unmatched_reasons"] == {"unknown_trip": 1}
    own = 'trip_properties { trip_id: "copy" }'
    city.publish(update('trip_id: "t" schedule_relationship: DUPLICATED', more=own))
    assert source(city)["set_aside"] == {"without_start": 1}


def test_a_duplicate_on_an_impossible_day_affects_no_other_run(city: City) -> None:
    own = 'trip_properties { trip_id: "copy" start_date: "00010101" start_time: "10:00:00" }'
    delayed = "stop_time_update { stop_sequence: 1 departure { delay: 120 } }"
    city.publish(
        update('trip_id: "t" schedule_relationship: DUPLICATED', more=own)
        + update(TODAY, delayed, entity="2")
    )
    assert prediction_at(city, "s1") == ("predicted", "08:02:00")


def test_an_added_run_with_a_start_of_its_own_is_a_copy_by_the_old_usage(city: City) -> None:
    added = 'trip_id: "t" start_date: "20260302" start_time: "{}" schedule_relationship: ADDED'
    city.publish(
        update(added.format("11:00:00"), entity="1") + update(added.format("12:00:00"), entity="2")
    )
    result = [(clock(line, "scheduled"), line["start_time"]) for line in lines(city, "s1")]
    assert result == [("08:00:00", None), ("11:00:00", "11:00:00"), ("12:00:00", "12:00:00")]


# Boards of both kinds


def test_pages_hold_both_types_once(city: City) -> None:
    runs = "".join(
        update(
            f'trip_id: "x{n}" route_id: "r" start_date: "20260302" schedule_relationship: NEW',
            stop("s1", "08:00:00") + stop("s3", "08:20:00"),
            entity=str(n),
        )
        for n in range(5)
    )
    city.publish(runs)
    complete = city.departures("f:s1", limit=100)
    for limit in (1, 2, 4):
        found, cursor = [], None
        while len(found) < len(complete):
            page = city.board("f:s1", limit=limit, cursor=cursor)
            found += page["departures"]
            cursor = page["next"]
            if cursor is None:
                break
        assert found == complete
    assert len({line["trip_id"] for line in complete}) == 6


def test_an_added_run_is_void_while_its_trip_is_reported_to_be_duplicated(city: City) -> None:
    """The migration guide from ADDED to DUPLICATED: both are sent for a while."""
    added = update(
        'trip_id: "t" start_date: "20260302" start_time: "10:00:00" schedule_relationship: ADDED',
        entity="2",
    )
    city.publish(added)
    assert [line["trip_id"] for line in lines(city, "s1")] == ["f:t", "f:t"]
    city.publish(added + update('trip_id: "t" schedule_relationship: DUPLICATED', more=COPY))
    assert [line["trip_id"] for line in lines(city, "s1")] == ["f:t", "f:copy"]
    assert source(city)["set_aside"] == {"superseded": 1}
    city.publish(added)
    assert [line["trip_id"] for line in lines(city, "s1")] == ["f:t", "f:t"]
    assert source(city)["set_aside"] == {}
