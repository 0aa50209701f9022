"""The region's one real time: what goes out, when, and that it never goes back."""

import asyncio
from pathlib import Path
from random import Random

import pytest
from boards import received, update
from cities import LINE
from google.transit import gtfs_realtime_pb2 as gtfs_rt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from region import MESSAGES, REMI, TAO, Region, small_region

from mobilite.events import AlertV1, TripUpdateV1
from mobilite.gtfs.domain.ids import FeedId
from mobilite.open_data.adapters.merged_entities import MergedEntities
from mobilite.open_data.flows.merge_real_time import MergedMessage, MessageType
from socle.testing import sized

TODAY = 'trip_id: "t" start_date: "20260302"'
RUN = 'trip { trip_id: "a1" start_date: "20260302" }'


async def result(
    region: Region, message_type: MessageType = MessageType.TRIP_UPDATES
) -> gtfs_rt.FeedMessage:
    return gtfs_rt.FeedMessage.FromString((await region.real_time.message(message_type)).protobuf)


def later(region: Region, seconds: int) -> None:
    """Time passes for everybody."""
    region.city.wait(seconds=seconds)
    region.clock.advance(seconds)


@pytest.fixture
def region(tmp_path: Path) -> Region:
    return small_region(tmp_path)


async def test_ids_of_entities_last_as_long_as_what_they_are_about(region: Region) -> None:
    before = {
        entity.id
        for message_type in MessageType
        for entity in (await result(region, message_type)).entity
    }
    later(region, 30)
    shuffled = MESSAGES.replace('id: "0"', 'id: "900"').replace("delay: 60", "delay: 90")
    region.city.publish(shuffled, "tao")
    assert before == {
        entity.id
        for message_type in MessageType
        for entity in (await result(region, message_type)).entity
    }
    assert len(before) == 8


async def test_nothing_is_prefixed_twice(region: Region) -> None:
    region.city.publish(
        update('trip_id: "tao:a1" start_date: "20260302" route_id: "tao:A"', more="delay: 30"),
        "tao",
    )
    (entity,) = (await result(region)).entity
    assert entity.trip_update.trip.trip_id == "tao:a1"
    assert entity.trip_update.trip.route_id == "tao:A"


async def test_predictions_of_a_silent_address_stay_out_and_its_decisions_in(
    region: Region,
) -> None:
    region.city.publish(update('trip_id: "a1" start_date: "20260302"', more="delay: 5"), "remi")
    later(region, 290)
    region.city.publish(update('trip_id: "a1" start_date: "20260302"', more="delay: 6"), "remi")
    later(region, 20)
    message = await region.real_time.message(MessageType.TRIP_UPDATES)
    assert message.sent == {"remi": 1, "tao": 2}
    assert message.left_out["tao"] == {"stale": 2, "unknown_trip": 1}
    _, shortened, cancelled = (each.trip_update for each in (await result(region)).entity)
    assert cancelled.trip.schedule_relationship == gtfs_rt.TripDescriptor.CANCELED
    (skipped,) = shortened.stop_time_update
    assert (skipped.stop_id, shortened.HasField("delay")) == ("tao:martroi", False)
    assert skipped.schedule_relationship == gtfs_rt.TripUpdate.StopTimeUpdate.SKIPPED
    assert (await region.real_time.message(MessageType.VEHICLE_POSITIONS)).left_out["tao"] == {
        "stale": 2
    }
    assert (await region.real_time.message(MessageType.ALERTS)).sent == {"tao": 2}


async def test_of_two_addresses_the_believed_one_speaks(region: Region) -> None:
    region.city.publish(
        update('trip_id: "a1"', more=f"delay: 120 timestamp: {_now(region)}"), "tao", source=1
    )
    message = await result(region)
    (run,) = [e.trip_update for e in message.entity if e.trip_update.trip.trip_id == "tao:a1"]
    assert run.delay == 120
    made = await region.real_time.message(MessageType.TRIP_UPDATES)
    assert made.left_out["tao"]["superseded"] == 1


async def test_a_vehicle_reported_by_two_addresses_is_one(region: Region) -> None:
    region.city.publish(
        'entity { id: "x" vehicle { vehicle { id: "v7" } timestamp: 1772433030 '
        "position { latitude: 47.9 longitude: 1.9 } } }",
        "tao",
        source=1,
    )
    message = await result(region, MessageType.VEHICLE_POSITIONS)
    seen = {each.vehicle.vehicle.id: each.vehicle.timestamp for each in message.entity}
    assert seen == {"tao:v7": 1772433030, "tao:v8": 1772433000}


async def test_a_vehicle_that_two_addresses_know_by_its_label_is_one(region: Region) -> None:
    for source, timestamp in ((2, 1772433000), (3, 1772433010)):
        region.city.publish(
            f'entity {{ id: "x" vehicle {{ {RUN} vehicle {{ label: "Bus 7" }} '
            f"timestamp: {timestamp} position {{ latitude: 47.9 longitude: 1.9 }} }} }}",
            "remi",
            source=source,
        )
    message = await result(region, MessageType.VEHICLE_POSITIONS)
    seen = [each.vehicle.timestamp for each in message.entity if each.id.startswith("remi:")]
    assert seen == [1772433010]


async def test_a_vehicle_not_seen_for_five_minutes_is_not_there_any_more(region: Region) -> None:
    later(region, 301)
    region.city.publish(MESSAGES, "tao")
    message = await region.real_time.message(MessageType.VEHICLE_POSITIONS)
    assert (message.sent, message.left_out["tao"]) == ({}, {"lost": 2})


async def test_what_has_no_schedule_stays_out(region: Region) -> None:
    region.city.publish(update('trip_id: "x"', more="delay: 5"), "filbleu")
    message = await region.real_time.message(MessageType.TRIP_UPDATES)
    assert message.left_out["filbleu"] == {"not_in_schedule": 1}


async def test_a_feed_of_another_time_zone_stays_out_of_both(tmp_path: Path) -> None:
    region = small_region(tmp_path)
    elsewhere = {**LINE, "agency.txt": LINE["agency.txt"].replace("Paris", "Lisbon")}
    region.add("porto", elsewhere)
    region.city.publish(update(TODAY, more="delay: 60"), "porto")
    assert region.schedule.version().other_zone == ("porto",)
    message = await region.real_time.message(MessageType.TRIP_UPDATES)
    assert message.left_out["porto"] == {"not_in_schedule": 1}
    assert "porto" not in message.sent


async def test_the_header_never_goes_back(region: Region) -> None:
    first = (await result(region)).header.timestamp
    assert first == _now(region)
    later(region, 40)
    assert (await result(region)).header.timestamp == first  # no news: no later
    region.city.publish(MESSAGES, "tao")
    assert (await result(region)).header.timestamp == first + 40
    # The feed with the newest data is no longer published.
    region.city.live.follow_polls([received("tao:0", None, region.city.now)])
    assert (await result(region)).header.timestamp == first + 40
    for message_type in MessageType:
        assert (await result(region, message_type)).header.timestamp == first + 40


async def test_an_address_without_a_word_is_no_news(region: Region) -> None:
    before = await region.real_time.message(MessageType.ALERTS)
    later(region, 20)
    region.city.publish("", "tao", source=1)
    after = await region.real_time.message(MessageType.ALERTS)
    assert (after.timestamp, after.tag) == (before.timestamp, before.tag)


async def test_an_operator_whose_clock_is_ahead_is_not_reported_after_its_header(
    region: Region,
) -> None:
    ahead = _now(region) + 45
    region.city.publish(
        update('trip_id: "a1" start_date: "20260302"', more=f"delay: 5 timestamp: {ahead}"), "tao"
    )
    message = await result(region)
    assert message.header.timestamp == message.entity[0].trip_update.timestamp == ahead
    absurd = _now(region) + 600
    region.city.publish(
        update('trip_id: "a1" start_date: "20260302"', more=f"delay: 5 timestamp: {absurd}")
        + f'entity {{ id: "v" vehicle {{ {RUN} timestamp: {absurd} }} }}',
        "tao",
    )
    for message_type in (MessageType.TRIP_UPDATES, MessageType.VEHICLE_POSITIONS):
        message = await result(region, message_type)
        assert message.header.timestamp < absurd
        assert not message.entity[0].trip_update.HasField("timestamp")
        assert not message.entity[0].vehicle.HasField("timestamp")


async def test_a_message_is_made_once_however_many_request(region: Region) -> None:
    made = await asyncio.gather(
        *(region.real_time.message(MessageType.TRIP_UPDATES) for _ in range(20))
    )
    assert len({id(message) for message in made}) == 1
    bodies = await asyncio.gather(*(region.real_time.json(made[0]) for _ in range(20)))
    assert len({id(body) for body in bodies}) == 1
    later(region, 1)
    assert await region.real_time.message(MessageType.TRIP_UPDATES) is made[0]


async def test_withdrawn_words_go(region: Region) -> None:
    region.city.publish("", "tao")
    for message_type in MessageType:
        assert not (await result(region, message_type)).entity


WORDS = st.dictionaries(
    st.sampled_from(["a1", "a2", "b1"]), st.integers(-300, 3000), min_size=1, max_size=3
)


@pytest.mark.deep
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=sized(10, deep=100),
    deadline=None,
)
@given(rounds=st.lists(WORDS, min_size=1, max_size=4), order=st.randoms())
def test_every_replica_reports_the_same_bytes(
    tmp_path: Path, rounds: list[dict[str, int]], order: Random
) -> None:
    """One that followed every change, and one that begins now and reads the table in any order."""
    region = Region(tmp_path)
    region.add("tao", TAO)
    region.add("remi", REMI)
    for words in rounds:
        region.city.publish(
            "".join(
                update(f'trip_id: "{trip}" start_date: "20260302"', more=f"delay: {delay}")
                for trip, delay in words.items()
            ),
            "tao",
        )
    fresh = region.merged_real_time()
    table = [
        received(event.key(), event, region.city.now)
        for trip, delay in rounds[-1].items()
        for event in [_event(trip, delay)]
    ]
    order.shuffle(table)
    fresh.follow_trip_updates(table)

    async def both() -> tuple[MergedMessage, MergedMessage]:
        return await region.real_time.message(MessageType.TRIP_UPDATES), await fresh.message(
            MessageType.TRIP_UPDATES
        )

    own_result, other_result = asyncio.run(both())
    assert own_result.protobuf == other_result.protobuf
    assert own_result.tag == other_result.tag
    assert own_result.sent == {FeedId("tao"): len(rounds[-1])}


def _event(trip: str, delay: int) -> TripUpdateV1:
    return TripUpdateV1.model_validate(
        {
            "feed_id": "tao",
            "source_index": 0,
            "trip": {"trip_id": trip, "start_date": "20260302"},
            "delay": delay,
        }
    )


def test_an_alert_with_two_types_of_period_reports_both() -> None:
    content = AlertV1.model_validate(
        {
            "feed_id": "tao",
            "source_index": 0,
            "alert_id": "1",
            "active_periods": [{"start": 10}],
            "impact_periods": [{"start": 20}],
        }
    )
    alert = gtfs_rt.FeedEntity.FromString(MergedEntities().alert(content, [])).alert
    assert alert.active_period == alert.communication_period
    assert [period.start for period in alert.impact_period] == [20]


def _now(region: Region) -> int:
    return int(region.city.now.timestamp())
