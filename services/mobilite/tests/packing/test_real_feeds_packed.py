"""The real feeds, packed, against gtfs-kit reading the same files on its own."""

from datetime import date
from pathlib import Path

import gtfs_kit
import numpy as np
import pytest

from mobilite.gtfs.domain.ids import FeedId
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.packing.adapters.feed_archive import ArchiveLimits
from mobilite.packing.adapters.feed_packer import read_timetable
from mobilite.packing.domain.pack import Report
from mobilite.timetable.domain.timetable import Timetable

FEEDS = {
    "poa_eptc.zip": {"stops": 3986, "trips": 2374, "calls": 130_019},
    "poa_trensurb.zip": {"stops": 24, "trips": 1248, "calls": 14_855},
    "raba.zip": {"stops": 375, "trips": 282, "calls": 7_346},
}


@pytest.fixture(scope="module", params=list(FEEDS))
def packed(request: pytest.FixtureRequest, real_feeds: Path) -> tuple[str, Path, Timetable, Report]:
    path, report = real_feeds / request.param, Report()
    return (
        request.param,
        path,
        read_timetable(path, FeedId("f"), report, ArchiveLimits()),
        report,
    )


def test_nothing_is_lost(packed) -> None:
    name, _, timetable, report = packed
    found = {
        "stops": len(timetable.stop_ids),
        "trips": len(timetable.trip_ids),
        "calls": len(timetable.call_stop),
    }
    assert found == FEEDS[name]
    harmless = {"interpolated", "color", "wrong_shape_point", "unread_field"}
    assert {line.code for line in report.lines()} <= harmless


def test_indexes_and_times_hold(packed) -> None:
    _, _, timetable, _ = packed
    first, calls = timetable.trip_first, len(timetable.call_stop)
    assert first[0] == 0
    assert first[-1] == calls
    assert (np.diff(first) >= 2).all()
    assert np.array_equal(
        timetable.call_trip, np.repeat(np.arange(len(timetable.trip_ids)), np.diff(first))
    )
    assert (timetable.call_departure >= timetable.call_arrival).all()
    inside = np.diff(timetable.call_trip) == 0
    assert (timetable.call_arrival[1:] >= timetable.call_departure[:-1])[inside].all()
    assert (np.diff(timetable.call_sequence) > 0)[inside].all()
    assert sorted(timetable.stop_calls.tolist()) == list(range(calls))
    for stop in range(0, len(timetable.stop_ids), 7):
        at = timetable.calls_at(stop)
        assert (timetable.call_stop[at] == stop).all()
        assert (np.diff(timetable.call_departure[at]) >= 0).all()


def test_gtfs_kit_agrees_on_the_trips_of_each_day(packed) -> None:
    _, path, timetable, _ = packed
    feed = gtfs_kit.read_feed(path, dist_units="km")
    days = feed.get_dates()
    for text in days[:: max(1, len(days) // 12)]:
        day = ServiceDate.parse(text)
        assert day is not None
        running = timetable.services_on(day)[timetable.trip_service]
        own_result = {timetable.trip_ids[int(trip)] for trip in np.flatnonzero(running)}
        other_result = {trip.strip() for trip in feed.get_trips(date=text).trip_id}
        assert own_result == other_result


def test_gtfs_kit_agrees_on_the_times_given(packed) -> None:
    _, path, timetable, _ = packed
    feed = gtfs_kit.read_feed(path, dist_units="km").clean_times()
    given = feed.stop_times.dropna(subset=["departure_time"])
    given = given.iloc[:: max(1, len(given) // 500)]
    assert len(given) > 100
    for row in given.itertuples():
        trip = timetable.trip_ids.index_of(row.trip_id.strip())
        assert trip is not None
        calls = timetable.calls_of(trip)
        call = calls.start + int(
            np.flatnonzero(timetable.call_sequence[calls] == row.stop_sequence)[0]
        )
        hours, minutes, seconds = map(int, row.departure_time.split(":"))
        assert timetable.call_departure[call] == hours * 3600 + minutes * 60 + seconds
        assert timetable.stop_ids[int(timetable.call_stop[call])] == row.stop_id.strip()


def test_porto_alegre_interpolates_between_both_ends(real_feeds: Path) -> None:
    report = Report()
    path = real_feeds / "poa_eptc.zip"
    timetable = read_timetable(path, FeedId("f"), report, ArchiveLimits())
    (line,) = [line for line in report.lines() if line.code == "interpolated"]
    assert line.count == 130_019 - 2 * 2374
    assert timetable.first_date == date(2019, 4, 15)
    travelled = (
        timetable.call_arrival[timetable.trip_first[1:] - 1]
        - (timetable.call_departure[timetable.trip_first[:-1]])
    )
    assert (travelled > 0).all()
