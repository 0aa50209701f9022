"""The demo operator: a day is the same twice, always alive, true to its schedule."""

import csv
import io
import zipfile
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from google.transit import gtfs_realtime_pb2 as rt

from demo.gtfs import gtfs_zip
from demo.operator import Operator

DAY = datetime(2026, 11, 25, tzinfo=UTC)
CANCELED = rt.TripDescriptor.CANCELED


def _table(name: str) -> list[dict[str, str]]:
    with zipfile.ZipFile(io.BytesIO(gtfs_zip(date(2026, 11, 1)))) as archive:
        return list(csv.DictReader(io.TextIOWrapper(archive.open(name), "utf-8")))


@pytest.mark.parametrize("hour", range(24))
def test_something_runs_at_every_hour(hour: int) -> None:
    message = Operator().feed_message(DAY + timedelta(hours=hour))
    assert any(entity.trip_update.stop_time_update for entity in message.entity)


def test_the_same_seed_gives_the_same_day_and_another_seed_another() -> None:
    now = DAY + timedelta(hours=16)
    first, again, other = (Operator(seed=seed).feed_message(now) for seed in (1, 1, 2))
    assert first.SerializeToString() == again.SerializeToString()
    assert first.SerializeToString() != other.SerializeToString()


def test_a_day_has_late_cancelled_skipping_and_unlocated_trips() -> None:
    seen: Counter[str] = Counter()
    for hour in range(24):
        for entity in Operator().feed_message(DAY + timedelta(hours=hour)).entity:
            update = entity.trip_update
            seen["cancelled"] += update.trip.schedule_relationship == CANCELED
            for stop in update.stop_time_update:
                seen[
                    rt.TripUpdate.StopTimeUpdate.ScheduleRelationship.Name(
                        stop.schedule_relationship
                    )
                ] += 1
    assert all(seen[kind] for kind in ("cancelled", "SKIPPED", "NO_DATA", "SCHEDULED")), seen


def test_predictions_change_and_never_go_back_along_a_trip() -> None:
    operator, moving = Operator(), 0
    before: dict[str, list[int]] = {}
    for seconds in range(0, 600, 30):
        for entity in operator.feed_message(DAY + timedelta(hours=15, seconds=seconds)).entity:
            times = [s.arrival.time for s in entity.trip_update.stop_time_update if s.arrival.time]
            assert times == sorted(times)
            moving += entity.id in before and before[entity.id][-1:] != times[-1:]
            before[entity.id] = times
    assert moving > 20


def test_every_announced_trip_and_stop_stands_in_the_schedule() -> None:
    stops = {
        (row["trip_id"], row["stop_sequence"]): row["stop_id"] for row in _table("stop_times.txt")
    }
    trips = {row["trip_id"] for row in _table("trips.txt")}
    for entity in Operator().feed_message(DAY + timedelta(hours=18)).entity:
        update = entity.trip_update
        assert update.trip.trip_id in trips
        for stop in update.stop_time_update:
            assert stops[update.trip.trip_id, str(stop.stop_sequence)] == stop.stop_id


def test_platforms_have_a_station_and_unknown_access_stays_unknown() -> None:
    stops = {row["stop_id"]: row for row in _table("stops.txt")}
    parents = [row["parent_station"] for row in stops.values() if row["parent_station"]]
    assert parents
    assert all(stops[parent]["location_type"] == "1" for parent in parents)
    assert {row["wheelchair_boarding"] for row in stops.values()} == {"0", "1", "2"}
