"""What is known to be wrong in an operator's message is not republished: the stop_sequence of
another call, and the calendar date of a run after midnight."""

from pathlib import Path

import pytest
from boards import update
from google.transit import gtfs_realtime_pb2 as gtfs_rt
from region import Region, small_region

from mobilite.open_data.flows.merge_real_time import MessageType

A1 = 'trip_id: "a1" start_date: "20260302"'
NIGHT = 'trip_id: "a2" start_date: "20260307"'
"""The night tram of Friday 6 March 2026 (24:20), by the date of Saturday."""


@pytest.fixture
def region(tmp_path: Path) -> Region:
    return small_region(tmp_path)


def stop(sequence: int, stop_id: str, delay: int) -> str:
    named = f'stop_id: "{stop_id}"' if stop_id else ""
    return (
        f"stop_time_update {{ stop_sequence: {sequence} {named} departure {{ delay: {delay} }} }}"
    )


async def entities(region: Region, message_type: MessageType) -> list[gtfs_rt.FeedEntity]:
    message = await region.real_time.message(message_type)
    complete = gtfs_rt.FeedMessage.FromString(message.protobuf)
    return [each for each in complete.entity if each.id.startswith("tao:")]


async def stop_updates(region: Region) -> list[tuple[int, str, int]]:
    (entity,) = await entities(region, MessageType.TRIP_UPDATES)
    return [
        (each.stop_sequence, each.stop_id, each.departure.delay)
        for each in entity.trip_update.stop_time_update
    ]


async def test_a_stop_sequence_of_another_call_is_written_as_that_of_the_matched_one(
    region: Region,
) -> None:
    content = stop(5, "gare-A1", 30) + stop(9, "martroi", 60) + stop(10, "loire", 90)
    region.city.publish(update(A1, content), "tao")
    assert region.city.feeds()["tao"]["real_time"][0]["mismatched"] == 3
    assert await stop_updates(region) == [
        (1, "tao:gare-A1", 30),
        (2, "tao:martroi", 60),
        (3, "tao:loire", 90),
    ]


async def test_correct_sequences_stay_and_stops_without_a_call_go(region: Region) -> None:
    content = stop(3, "loire", 90) + stop(7, "martroi", 60) + stop(2, "x", 300) + stop(8, "", 300)
    region.city.publish(update(A1, content), "tao")
    assert await stop_updates(region) == [(2, "tao:martroi", 60), (3, "tao:loire", 90)]


async def test_an_update_of_which_no_stop_has_a_call_stays_out(region: Region) -> None:
    region.city.publish(update(A1, stop(2, "x", 300)), "tao")
    message = await region.real_time.message(MessageType.TRIP_UPDATES)
    assert message.left_out["tao"] == {"mismatched": 1}
    region.city.publish(update(A1, stop(2, "x", 300), "delay: 20"), "tao")
    (entity,) = await entities(region, MessageType.TRIP_UPDATES)
    assert (entity.trip_update.delay, len(entity.trip_update.stop_time_update)) == (20, 0)


async def test_a_skipped_stop_of_a_silent_address_is_corrected_too(region: Region) -> None:
    skipped = stop(7, "martroi", 60).replace(
        "departure", "schedule_relationship: SKIPPED departure"
    )
    region.city.publish(update(A1, stop(7, "gare-A1", 30) + skipped), "tao")
    region.city.wait(seconds=310)
    region.clock.advance(310)
    assert await stop_updates(region) == [(2, "tao:martroi", 0)]


async def test_a_vehicle_is_at_the_call_of_its_stop(region: Region) -> None:
    position = "position { latitude: 47.9 longitude: 1.9 }"
    for given, stop_id, written in ((3, "martroi", 2), (2, "martroi", 2), (9, "", None)):
        named = f'stop_id: "{stop_id}"' if stop_id else ""
        region.city.publish(
            f'entity {{ id: "v" vehicle {{ trip {{ {A1} }} vehicle {{ id: "v" }} {position} '
            f"current_stop_sequence: {given} {named} }} }}",
            "tao",
        )
        (entity,) = await entities(region, MessageType.VEHICLE_POSITIONS)
        has_sequence = entity.vehicle.HasField("current_stop_sequence")
        assert (entity.vehicle.current_stop_sequence if has_sequence else None) == written


async def test_the_calendar_date_of_a_run_after_midnight_is_written_as_its_service_day(
    region: Region,
) -> None:
    leaves = 1_772_839_500  # Saturday 00:25 in Paris
    content = f"stop_time_update {{ stop_sequence: 1 departure {{ time: {leaves} }} }}"
    vehicle = (
        f'entity {{ id: "v" vehicle {{ trip {{ {NIGHT} }} vehicle {{ id: "v" }} '
        "position { latitude: 47.9 longitude: 1.9 } } }"
    )
    region.city.publish(update(NIGHT, content) + vehicle, "tao")
    assert region.city.feeds()["tao"]["real_time"][0]["dated_by_calendar"] == 1
    (run,) = await entities(region, MessageType.TRIP_UPDATES)
    (seen,) = await entities(region, MessageType.VEHICLE_POSITIONS)
    assert run.trip_update.trip.start_date == seen.vehicle.trip.start_date == "20260306"
    (first,) = run.trip_update.stop_time_update
    assert (first.stop_sequence, first.departure.time) == (1, leaves)
