"""Detours in the merged trip updates: with global ids, and the updates that refer to them."""

from pathlib import Path

import pytest
from detours import DETOUR
from google.protobuf import text_format
from google.transit import gtfs_realtime_pb2 as gtfs_rt
from region import MESSAGES, Region, small_region
from validators import real_time_errors

from mobilite.gtfs.domain.ids import FeedId
from mobilite.open_data.flows.merge_real_time import MergedMessage, MessageType

EXPECTED = """
selected_trips { trip_ids: "tao:a1" shape_id: "tao:detour-shape" }
service_dates: "20260302"
modifications {
  start_stop_selector { stop_sequence: 2 stop_id: "tao:martroi" }
  end_stop_selector { stop_sequence: 2 }
  propagated_modification_delay: 120
  replacement_stops { stop_id: "tao:quai" travel_time_to_stop: 300 }
  replacement_stops { stop_id: "tao:loire" }
  service_alert_id: "tao:0:al"
  last_modified_time: 1772400000 }
modifications { start_stop_selector { stop_id: "tao:loire" } }
"""


@pytest.fixture
def region(tmp_path: Path) -> Region:
    region = small_region(tmp_path)
    region.city.publish(MESSAGES + DETOUR, "tao")
    return region


async def merged(region: Region) -> tuple[MergedMessage, dict[str, gtfs_rt.FeedEntity]]:
    message = await region.real_time.message(MessageType.TRIP_UPDATES)
    entities = gtfs_rt.FeedMessage.FromString(message.protobuf).entity
    return message, {entity.id: entity for entity in entities}


def updates_of_modified_trips(
    entities: dict[str, gtfs_rt.FeedEntity],
) -> list[gtfs_rt.TripUpdate]:
    updates = [entity.trip_update for entity in entities.values()]
    return [update for update in updates if update.trip.HasField("modified_trip")]


async def test_a_detour_is_republished_with_its_shape_and_stop(region: Region) -> None:
    _, entities = await merged(region)
    assert entities["tao:0:detour"].trip_modifications == text_format.Parse(
        EXPECTED, gtfs_rt.TripModifications()
    )
    shape = entities["tao:0:shape"].shape
    assert (shape.shape_id, shape.encoded_polyline) == ("tao:detour-shape", "_fxcHoiv_Byb@y]")
    stop = entities["tao:0:stop"].stop
    assert (stop.stop_id, stop.parent_station, stop.zone_id) == ("tao:quai", "tao:gare", "tao:Z")
    assert [each.text for each in stop.stop_name.translation] == ["Quai", "Quay"]
    assert stop.wheelchair_boarding == gtfs_rt.Stop.AVAILABLE
    assert (round(stop.stop_lat, 3), round(stop.stop_lon, 3)) == (47.9, 1.91)


async def test_the_id_of_its_alert_is_that_of_the_merged_alerts(region: Region) -> None:
    message = await region.real_time.message(MessageType.ALERTS)
    alerts = {entity.id for entity in gtfs_rt.FeedMessage.FromString(message.protobuf).entity}
    assert "tao:0:al" in alerts


async def test_an_update_of_a_modified_trip_refers_to_its_modifications(region: Region) -> None:
    _, entities = await merged(region)
    (update,) = updates_of_modified_trips(entities)
    assert update.trip == text_format.Parse(
        'modified_trip { modifications_id: "tao:0:detour" affected_trip_id: "tao:a1" '
        'start_date: "20260302" }',
        gtfs_rt.TripDescriptor(),
    )
    assert update.stop_time_update[0].arrival.delay == 200


async def test_the_update_of_the_trip_without_modifications_is_published_too(
    region: Region,
) -> None:
    """For readers that do not support TripModifications."""
    original = """entity { id: "o" trip_update { trip { trip_id: "a1" start_date: "20260302" }
      stop_time_update { stop_sequence: 1 departure { delay: 60 } } timestamp: 1772433000 } }"""
    region.city.publish(DETOUR + original, "tao")
    _, entities = await merged(region)
    assert len(updates_of_modified_trips(entities)) == 1
    (plain,) = [
        each.trip_update
        for each in entities.values()
        if each.HasField("trip_update") and each.trip_update.trip.trip_id == "tao:a1"
    ]
    assert plain.stop_time_update[0].departure.delay == 60


async def test_without_its_modifications_such_an_update_stays_out(region: Region) -> None:
    update = DETOUR[DETOUR.index('entity { id: "u"') :]
    region.city.publish(MESSAGES + update, "tao")
    message, entities = await merged(region)
    assert not any(entity.HasField("trip_modifications") for entity in entities.values())
    assert not any(
        entity.trip_update.trip.HasField("modified_trip") for entity in entities.values()
    )
    assert message.left_out[FeedId("tao")]["modified"] == 1


async def test_a_detour_of_unknown_trips_stays_out(region: Region) -> None:
    region.city.publish(MESSAGES + DETOUR.replace('"a1"', '"perdue"'), "tao")
    message, entities = await merged(region)
    assert "tao:0:detour" not in entities
    assert not updates_of_modified_trips(entities)
    assert message.left_out[FeedId("tao")]["nothing_known"] == 1


async def test_a_new_detour_makes_a_new_message(region: Region) -> None:
    before, _ = await merged(region)
    region.city.publish(MESSAGES + DETOUR.replace("delay: 120", "delay: 180"), "tao")
    after, _ = await merged(region)
    assert before.tag != after.tag


async def test_a_detour_gets_no_error_from_the_validator(region: Region, tmp_path: Path) -> None:
    schedule = await region.made()
    message, _ = await merged(region)
    (tmp_path / "tu.pb").write_bytes(message.protobuf)
    found = real_time_errors(schedule, {"tu": tmp_path / "tu.pb"}, at=region.city.now)
    # E003 is of 2015: it requires every trip except ADDED ones in the schedule, NEW ones too.
    assert found <= {"E003"}
