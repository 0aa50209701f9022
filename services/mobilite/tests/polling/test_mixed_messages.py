"""Any mixture of entities, in any order, however damaged: the same tables, and no surprise."""

import random
from contextlib import suppress

import pytest
from entity_text import events, message, notes_of
from google.transit import gtfs_realtime_pb2 as gtfs_rt
from hypothesis import given
from hypothesis import strategies as st

from mobilite.polling.adapters.decoding.gtfs_realtime import decode_entity, decode_message
from mobilite.sources.domain.poll_notes import NOTES
from mobilite.sources.ports import SourceFault

IDS = st.sampled_from(["0", "1", "2", ""])
NAMES = st.sampled_from(["", "a", "b"])
TEXTS = st.sampled_from(["", "Travaux", "Grève"])
NUMBERS = st.sampled_from([0, 1, 1772452790, 1772452800, 2**40])
PLACES = st.sampled_from([0.0, 47.9, 48.0, 91.0, float("nan")])


@st.composite
def entities(draw: st.DrawFn) -> gtfs_rt.FeedEntity:
    """An entity of any kinds, sound or not."""
    entity = gtfs_rt.FeedEntity(id=draw(IDS), is_deleted=draw(st.integers(0, 5)) == 0)
    if draw(st.booleans()):
        update = entity.trip_update
        update.trip.trip_id = draw(NAMES)
        update.timestamp = draw(NUMBERS)
        update.stop_time_update.add(stop_id=draw(NAMES)).arrival.delay = draw(st.integers(-9, 9))
    if draw(st.booleans()):
        vehicle = entity.vehicle
        vehicle.position.latitude, vehicle.position.longitude = draw(PLACES), draw(PLACES)
        vehicle.vehicle.id, vehicle.vehicle.label = draw(NAMES), draw(NAMES)
        vehicle.trip.trip_id, vehicle.timestamp = draw(NAMES), draw(NUMBERS)
    if draw(st.booleans()):
        alert = entity.alert
        alert.header_text.translation.add(text=draw(TEXTS))
        alert.informed_entity.add(route_id=draw(NAMES))
        alert.active_period.add(start=draw(NUMBERS), end=draw(NUMBERS))
    return entity


def complete(published: list[gtfs_rt.FeedEntity]) -> bytes:
    feed = gtfs_rt.FeedMessage.FromString(message())
    feed.entity.extend(published)
    return feed.SerializeToString()


def test_trip_modifications_are_no_doubt_about_a_message() -> None:
    published = message(
        'entity { id: "m" trip_modifications { service_dates: "20260302" } }',
        'entity { id: "s" stop { stop_id: "provisoire" } }',
    )
    assert notes_of(published) == {}
    assert decode_message(published, feed_id="tao", source=1).counts.other == 2


@given(st.lists(entities(), max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_the_entities_changes_nothing(
    published: list[gtfs_rt.FeedEntity], shuffle: random.Random
) -> None:
    shuffled = [*published]
    shuffle.shuffle(shuffled)
    assert events(complete(published)) == events(complete(shuffled))
    assert notes_of(complete(published)) == notes_of(complete(shuffled))
    assert notes_of(complete(published)).keys() <= NOTES.keys()


@given(st.lists(entities(), min_size=1, max_size=6), st.integers(0, 6))
def test_an_unreadable_entity_never_costs_the_others(
    published: list[gtfs_rt.FeedEntity], at: int
) -> None:
    body, pieces = message(), [complete([each])[len(message()) :] for each in published]
    pieces.insert(at, b"\x12\x01\xff")
    damaged = body + b"".join(pieces)
    assert events(damaged) == events(complete(published))
    assert notes_of(damaged) == {**notes_of(complete(published)), "entity_unreadable": 1}


MIXED = message(
    'entity { id: "1" trip_update { trip { trip_id: "t" } delay: 60 } }',
    'entity { id: "2" vehicle { vehicle { id: "v" } position { latitude: 48 longitude: 2 } } }',
    'entity { id: "3" alert { header_text { translation { text: "Travaux" language: "fr" } } '
    'informed_entity { route_id: "A" trip { trip_id: "t" start_date: "20260302" } } '
    "active_period { start: 1772431200 end: 1772496000 } } }",
)


@given(st.integers(0, 400), st.integers(0, 400), st.binary(min_size=1, max_size=4))
def test_damage_never_does_more_than_lose_what_it_touches(at: int, end: int, junk: bytes) -> None:
    body = MIXED[: at % len(MIXED)] + junk + MIXED[end % len(MIXED) :]
    with suppress(SourceFault):
        found = decode_message(body, feed_id="tao", source=1)
        for record, published in found.statements.items():
            event, notes = decode_entity(record, published.content, feed_id="tao", source=1)
            assert event.key() == record.key
            assert event.model_dump_json()
            assert notes.keys() <= NOTES.keys()


def test_a_message_cut_anywhere_is_never_read_as_a_smaller_one() -> None:
    ends = {len(message())}
    for retained in (1, 2):
        feed = gtfs_rt.FeedMessage.FromString(MIXED)
        del feed.entity[retained:]
        ends.add(feed.ByteSize())
    for size in set(range(1, len(MIXED))) - ends:
        with pytest.raises(SourceFault):
            decode_message(MIXED[:size], feed_id="tao", source=1)


@given(st.lists(entities(), max_size=8), st.lists(entities(), max_size=8), st.data())
def test_what_is_known_of_the_message_before_changes_nothing(
    before: list[gtfs_rt.FeedEntity], after: list[gtfs_rt.FeedEntity], data: st.DataObject
) -> None:
    retained = data.draw(st.lists(st.sampled_from(before), max_size=8)) if before else []
    published = complete([*retained, *after])
    with suppress(SourceFault):
        known = decode_message(complete(before), feed_id="f", source=0).decoded
        result = decode_message(published, feed_id="f", source=0, known=known)
        assert result == decode_message(published, feed_id="f", source=0)
        assert decode_message(published, feed_id="f", source=0, known=result.decoded) == result


def test_an_update_alone_is_known_again_and_nothing_else_is() -> None:
    update = 'trip_update { trip { trip_id: "t" } stop_time_update { stop_id: "s" } }'
    published = message(
        f'entity {{ id: "1" {update} }}',
        f'entity {{ id: "2" {update} vehicle {{ stop_id: "s" }} }}',
        'entity { id: "3" trip_update { trip { } } }',
        'entity { id: "4" alert { header_text { translation { text: "Travaux" } } } }',
    )
    read = decode_message(published, feed_id="tao", source=0).decoded
    assert [each.name for each in read.values()] == ["1"]
