"""Rule 7 for runs outside the timetable with few usable stops: the others are not in the timetable,
or have no times."""

import pytest
from added_runs import NEW, lines, source, stop
from boards import TODAY, City, city_of_one_bus, clock, prediction_at, update

from mobilite.trips.flows.get_trip import get_trip


@pytest.fixture
def city() -> City:
    return city_of_one_bus()


UNTIMED = 'stop_time_update { stop_id: "s3" departure { delay: 0 } }'


@pytest.mark.parametrize(
    ("content", "unusable"),
    [
        (stop("s2", "09:00:00") + stop("x", "09:10:00"), 1),
        (stop("y", "08:50:00") + stop("s2", "09:00:00") + stop("x", "09:10:00"), 2),
        (stop("s2", "09:00:00") + UNTIMED, 1),
        (stop("s2", "09:00:00"), 0),
    ],
    ids=["it goes on", "it comes from elsewhere", "to a stop without a time", "its only stop"],
)
@pytest.mark.parametrize("variant", ["NEW", "ADDED", "UNSCHEDULED"])
def test_a_new_run_with_one_known_stop_leaves_from_there(
    city: City, variant: str, content: str, unusable: int
) -> None:
    city.publish(update(NEW.replace("NEW", variant), content))
    extra = lines(city, "s2")[1]
    assert (extra["trip_id"], extra["state"], clock(extra)) == ("f:extra", "added", "09:00:00")
    assert (extra["headsign"], extra["ends_at"]) == ("", None)
    assert (source(city)["added"], source(city)["set_aside"]) == (1, {})
    assert source(city)["mismatched"] == unusable
    assert get_trip(city.live.state, "f:extra", now=city.now).calls[0].state == "added"


@pytest.mark.parametrize(
    "content",
    [
        stop("x", "08:50:00") + stop("s2", "09:00:00"),
        stop("s2", "09:00:00").replace("departure", "arrival"),
        stop("s2", "09:00:00") + 'stop_time_update { stop_id: "x" schedule_relationship: SKIPPED }',
    ],
    ids=["its last stop", "an arrival alone", "a skipped end"],
)
def test_a_new_run_that_ends_at_its_known_stop_does_not_leave_from_there(
    city: City, content: str
) -> None:
    city.publish(update(NEW, content))
    assert [line["trip_id"] for line in lines(city, "s2")] == ["f:t"]
    assert get_trip(city.live.state, "f:extra", now=city.now).trip.headsign(0) == "Mairie"


def test_a_new_run_leaves_from_its_last_known_stop_too_where_it_goes_on(city: City) -> None:
    content = stop("s1", "09:00:00") + stop("s2", "09:10:00") + stop("x", "09:20:00")
    city.publish(update(NEW, content, 'trip_properties { trip_headsign: "Ailleurs" }'))
    leaving = [(clock(line), line["headsign"]) for line in lines(city, "s2")[1:]]
    assert leaving == [("09:10:00", "Ailleurs")]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "without_stops"),
        (stop("s1", "08:10:00") + stop("x", "08:20:00"), "unknown_stops"),
        (stop("s1", "08:10:00") + UNTIMED, "without_times"),
    ],
)
def test_an_unusable_replacement_leaves_the_timetable(
    city: City, content: str, reason: str
) -> None:
    """One known stop does not decide that the other calls are not made."""
    city.publish(update(TODAY + " schedule_relationship: REPLACEMENT", content))
    assert prediction_at(city, "s1") == ("scheduled", None)
    assert source(city)["set_aside"] == {reason: 1}


def test_an_added_run_by_the_old_usage_is_complete_though_it_predicts_one_stop(city: City) -> None:
    added = (
        'trip_id: "t" start_date: "20260302" start_time: "11:00:00" schedule_relationship: ADDED'
    )
    city.publish(update(added, stop("s1", "11:02:00")))
    assert [clock(line, "scheduled") for line in lines(city, "s3")] == ["08:20:00", "11:20:00"]
    assert clock(lines(city, "s3")[1]) == "11:22:00"
