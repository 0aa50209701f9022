"""What the operators publish of their days, decoded as a consumer does."""

from datetime import UTC, datetime
from typing import Any

import pytest
from google.transit import gtfs_realtime_pb2 as rt

from demo.days.truth import start_of
from demo.network.region import region
from demo.operators.pattern_paths import metres
from demo.operators.publisher import ADDRESSES, Part, Publisher
from demo.operators.silence import published_instant
from demo.operators.vehicles import spot_of

OPERATORS = {operator.id: operator for operator in region(1, 1)}
EIGHT = int(datetime(2026, 3, 3, 7, tzinfo=UTC).timestamp())
"""Tuesday, 08:00 in Paris."""
ALL: tuple[Part, ...] = ("trips", "vehicles", "alerts")
HOUR = 3600
_Stop = rt.TripUpdate.StopTimeUpdate


def message(operator_id: str, at: int = EIGHT, parts: tuple[Part, ...] = ALL) -> Any:
    publisher = Publisher(OPERATORS[operator_id], seed=1)
    return rt.FeedMessage.FromString(publisher.message(parts, at))


def test_every_operator_of_the_region_publishes_something() -> None:
    assert ADDRESSES.keys() == OPERATORS.keys()


def test_a_message_follows_from_the_instant_alone() -> None:
    used_before, fresh = (Publisher(OPERATORS["tao"], seed=1) for _ in range(2))
    for at in (EIGHT - 40, EIGHT - 11, EIGHT):
        used_before.message(ALL, at)
    assert used_before.message(ALL, EIGHT) == fresh.message(ALL, EIGHT)


def test_entities_are_unique_and_no_older_than_published() -> None:
    for operator_id in OPERATORS:
        feed_message = message(operator_id)
        assert feed_message.header.timestamp == EIGHT
        ids = [entity.id for entity in feed_message.entity]
        assert len(ids) == len(set(ids))
        for entity in feed_message.entity:
            if entity.HasField("vehicle"):
                assert EIGHT - 10 < entity.vehicle.timestamp <= EIGHT
            elif entity.HasField("trip_update"):
                assert entity.trip_update.timestamp <= EIGHT


def test_most_of_a_message_is_as_it_was_a_few_seconds_before() -> None:
    publisher = Publisher(OPERATORS["tao"], seed=1)
    before, after = (
        {
            entity.id: entity.SerializeToString()
            for entity in rt.FeedMessage.FromString(publisher.message(("trips",), at)).entity
        }
        for at in (EIGHT, EIGHT + 5)
    )
    same = sum(after.get(key) == statement for key, statement in before.items())
    assert 0.6 < same / len(before) < 1


def test_vehicles_are_on_their_way_where_they_truly_are() -> None:
    publisher = Publisher(OPERATORS["filibus"], seed=1)
    feed_message = rt.FeedMessage.FromString(publisher.message(("vehicles",), EIGHT))
    runs = {(run.trip_id, f"{run.day:%Y%m%d}"): run for run in publisher.published_runs(EIGHT)}
    assert len(feed_message.entity) > 10
    assert len({entity.vehicle.vehicle.id for entity in feed_message.entity}) == len(
        feed_message.entity
    )
    for entity in feed_message.entity:
        vehicle = entity.vehicle
        run = runs[vehicle.trip.trip_id, vehicle.trip.start_date]
        path = publisher.path(run.pattern)
        spot = spot_of(run, path, vehicle.timestamp - start_of(run.day))
        here = (vehicle.position.latitude, vehicle.position.longitude)
        assert metres(here, (spot.place.lat, spot.place.lon)) < 2
        assert vehicle.stop_id == run.pattern.stops[vehicle.current_stop_sequence - 1]
        assert 0 <= vehicle.position.bearing < 360
        if vehicle.current_status == vehicle.STOPPED_AT:
            stop = OPERATORS["filibus"].stop_by_id[vehicle.stop_id]
            assert metres(here, (stop.lat, stop.lon)) < 200


def test_a_works_notice_names_line_and_stations_in_both_languages() -> None:
    alerts = {e.id: e.alert for e in message("tao").entity if e.HasField("alert")}
    works = alerts["travaux-tram-a-2026w10"]
    assert works.effect == rt.Alert.MODIFIED_SERVICE
    assert {each.route_id for each in works.informed_entity} == {"A"}
    assert len({each.stop_id for each in works.informed_entity}) == 5
    assert {text.language for text in works.header_text.translation} == {"fr", "en"}
    assert works.active_period[0].start <= EIGHT < works.active_period[0].end
    assert alerts["travaux-tram-a-2026w11"].active_period[0].start > EIGHT
    effects = {alert.effect for alert in alerts.values()}
    assert rt.Alert.ACCESSIBILITY_ISSUE in effects


def test_stations_that_works_close_are_skipped_hours_before_times_are_known() -> None:
    feed_message = message("tao", parts=("trips",))
    alert = next(e.alert for e in message("tao").entity if e.id == "travaux-tram-a-2026w10")
    turning, *_, other = [each.stop_id for each in alert.informed_entity]
    trams = [
        entity.trip_update
        for entity in feed_message.entity
        if entity.trip_update.trip.route_id == "A"
        and entity.trip_update.trip.schedule_relationship == rt.TripDescriptor.SCHEDULED
    ]
    untimed = [tram for tram in trams if not any(s.HasField("departure") for s in _stops(tram))]
    assert len(untimed) > 60
    for tram in untimed:
        statement = [(s.stop_sequence, s.schedule_relationship) for s in _stops(tram)]
        assert statement == sorted(statement)
        assert [which for _, which in statement] == [_Stop.NO_DATA, *[_Stop.SKIPPED] * 3]
        assert {turning, other}.isdisjoint(s.stop_id.rsplit("-", 1)[0] for s in _stops(tram))


def _stops(update: Any) -> Any:
    return update.stop_time_update


@pytest.mark.parametrize("operator_id", ["filbleu", "agglobus", "remi"])
def test_some_alerts_concern_a_complete_network(operator_id: str) -> None:
    about = [e.alert.informed_entity for e in message(operator_id).entity if e.HasField("alert")]
    agency = OPERATORS[operator_id].agency.id
    assert any(len(each) == 1 and each[0].agency_id == agency for each in about)


def test_coaches_publish_notices_and_nothing_else() -> None:
    feed_message = message("remi", parts=ADDRESSES["remi"]["alerts.pb"])
    assert len(feed_message.entity) >= 3
    assert all(entity.HasField("alert") for entity in feed_message.entity)


def test_at_every_minute_one_operator_is_silent_and_no_more_than_two() -> None:
    for minute in range(24 * 60):
        now = EIGHT + minute * 60
        spoken = {operator_id: published_instant(operator_id, now) for operator_id in OPERATORS}
        down = {key for key, at in spoken.items() if at is None}
        old = {key for key, at in spoken.items() if at is not None and now - at >= 300}
        assert down | old
        assert down | old <= {"azalys", "agglobus"}
