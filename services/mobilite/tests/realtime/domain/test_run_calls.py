"""Finding a run by the descriptor of a vehicle, an alert or an address, and listing its calls."""

from typing import Any

import pytest
from boards import City, city_of_one_bus, paris, update
from cities import LINE, STATION_STOPS

from mobilite.gtfs.domain.ids import FeedId
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.realtime.domain.feed_snapshot import FeedSnapshot
from mobilite.realtime.domain.run_calls import find_run_of_descriptor, get_run_trip, list_calls
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.realtime.domain.trip_update import TripDescriptor

UPDATES = int(paris("07:30:00").timestamp())
EIGHT = int(paris("08:00:00").timestamp())
MONDAY, TUESDAY = ServiceDate.parse("20260302"), ServiceDate.parse("20260303")
NEW = "".join(
    f'stop_time_update {{ stop_id: "{stop}" arrival {{ time: {EIGHT + late} }} '
    f"departure {{ time: {EIGHT + late + 60} }} }}"
    for stop, late in (("s1", 0), ("s3", 600))
)
STATION = {**LINE, "stops.txt": STATION_STOPS}
COPY = 'trip_properties { trip_id: "copy" start_date: "20260302" start_time: "10:00:00" }'


@pytest.fixture
def feed() -> FeedSnapshot:
    city = city_of_one_bus()
    city.publish(
        update('trip_id: "extra" start_date: "20260302" schedule_relationship: NEW', NEW)
        + update('trip_id: "t" schedule_relationship: DUPLICATED', more=COPY, entity="2")
        + update(
            'trip_id: "t" start_date: "20260302" start_time: "11:00:00" '
            "schedule_relationship: REPLACEMENT",
            entity="3",
        )
    )
    return snapshot(city)


def snapshot(city: City) -> FeedSnapshot:
    return city.live.state.snapshot.feed(FeedId("f"))


def found(feed: FeedSnapshot, **descriptor: Any) -> RunKey | None:
    return find_run_of_descriptor(feed, TripDescriptor(**descriptor), seen_at=EIGHT)


def test_a_run_of_the_timetable_is_found_with_an_update_or_without(feed: FeedSnapshot) -> None:
    assert MONDAY is not None
    day = MONDAY.day.toordinal()
    assert found(feed, trip_id="t", start_date=MONDAY) == RunKey(0, day)
    assert found(feed, trip_id="t", start_date=TUESDAY) == RunKey(0, day + 1)
    assert found(feed, trip_id="t") == RunKey(0, day)
    assert found(feed, trip_id="x") is None
    described = {"route_id": "r", "start_time": 8 * 3600, "start_date": MONDAY}
    assert found(feed, **described) == RunKey(0, day)


@pytest.mark.parametrize("trip_id", ["extra", "copy"])
@pytest.mark.parametrize("variant", ["NEW", "DUPLICATED", "SCHEDULED"])
@pytest.mark.parametrize("day", [MONDAY, None])
def test_a_run_outside_the_timetable_is_found_by_its_own_name(
    feed: FeedSnapshot, trip_id: str, variant: str, day: ServiceDate | None
) -> None:
    key = found(feed, trip_id=trip_id, relationship=variant, start_date=day)
    assert key is not None
    assert get_run_trip(feed, key).trip_id == trip_id
    assert get_run_trip(feed, key).outside_timetable
    assert found(feed, trip_id=trip_id, start_date=TUESDAY) is None


def test_a_complete_run_is_read_call_by_call(feed: FeedSnapshot) -> None:
    key = found(feed, trip_id="extra")
    assert key is not None
    first, last = list_calls(feed, key, now=UPDATES)
    assert (first.state, first.predicted_arrival, first.predicted_departure) == (
        "added",
        EIGHT,
        EIGHT + 60,
    )
    assert (first.sequence, last.headsign, first.planned) == (1, "Parc", False)
    stale = list_calls(feed, key, now=EIGHT + 3600)
    assert [(call.state, call.predicted_departure) for call in stale] == [("stale", None)] * 2


def test_a_run_nothing_is_reported_of_is_read_from_the_timetable(feed: FeedSnapshot) -> None:
    key = found(feed, trip_id="t", start_date=TUESDAY)
    assert key is not None
    calls = list_calls(feed, key, now=EIGHT)
    assert [call.state for call in calls] == ["scheduled"] * 4
    assert [call.departure - EIGHT for call in calls] == [86_400 + n for n in (0, 660, 1200, 1800)]
    assert get_run_trip(feed, key).headsign(0) == "Lac"
    assert not get_run_trip(feed, key).outside_timetable


def test_a_run_no_one_knows_is_none(feed: FeedSnapshot) -> None:
    with pytest.raises(KeyError):
        get_run_trip(feed, RunKey(-1, 1, "nobody"))
    with pytest.raises(KeyError):
        list_calls(FeedSnapshot(FeedId("g")), RunKey(0, 1), now=EIGHT)


def test_the_platform_really_served_stands_alongside_the_one_of_the_schedule() -> None:
    city = City(now=paris("07:30:00"))
    city.schedule(STATION)
    city.publish(
        update(
            'trip_id: "t" start_date: "20260302"',
            'stop_time_update { stop_sequence: 1 stop_id: "s1b" }',
        )
    )
    ((key, _),) = city.runs()
    call = list_calls(snapshot(city), key, now=EIGHT)[0]
    stops = city.live.state.snapshot.feed(FeedId("f")).schedule
    assert stops is not None
    ids = stops.timetable.stop_ids
    assert (ids[call.stop], ids[call.scheduled_stop]) == ("s1b", "s1")
