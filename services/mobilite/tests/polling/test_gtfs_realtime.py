"""Decoding a message: any mixture of entities, every kind of damage."""

from contextlib import suppress
from pathlib import Path

import pytest
from google.protobuf import text_format
from google.transit import gtfs_realtime_pb2 as gtfs_rt
from hypothesis import given
from hypothesis import strategies as st

from mobilite.events import TripUpdateV1
from mobilite.polling.adapters.decoding import entities, gtfs_realtime
from mobilite.polling.adapters.decoding.gtfs_realtime import decode_message
from mobilite.polling.adapters.decoding.trip_update import decode_trip_update
from mobilite.polling.domain.feed_message import EntityType, EntityTypeCounts, FeedMessage
from mobilite.sources.domain.poll_notes import NOTES
from mobilite.sources.ports import SourceFault

TWO_STOPS = """
entity { id: "1" trip_update {
  trip { trip_id: "T:1" start_date: "20260302" start_time: "8:05:00" }
  vehicle { id: "v" label: "12" wheelchair_accessible: WHEELCHAIR_ACCESSIBLE }
  timestamp: 1772452790 delay: 60
  stop_time_update { stop_sequence: 1 stop_id: "a"
    arrival { delay: 30 uncertainty: 10 } departure { time: 1772452900 } }
  stop_time_update { stop_sequence: 2 schedule_relationship: SKIPPED }
  stop_time_update { stop_id: "c" departure_occupancy_status: FULL
    stop_time_properties { assigned_stop_id: "c2" pickup_type: NONE } }
} }
"""


def message(text: str = "", *, header: str = "timestamp: 1772452800") -> bytes:
    """A serialised FeedMessage: `text` is its entities, in protobuf's own text format."""
    complete = f'header {{ gtfs_realtime_version: "2.0" {header} }} {text}'
    return text_format.Parse(complete, gtfs_rt.FeedMessage()).SerializeToString()


def decoded(body: bytes) -> FeedMessage:
    return decode_message(body, feed_id="tao", source=1)


def events(body: bytes) -> dict[str, TripUpdateV1]:
    statements = decoded(body).statements
    return {
        record.key: decode_trip_update(published.content, feed_id="tao", source=1)[0]
        for record, published in statements.items()
        if record.entity_type is EntityType.TRIP_UPDATE
    }


def fault(body: bytes) -> str:
    with pytest.raises(SourceFault) as raised:
        decoded(body)
    return raised.value.code


def test_a_trip_update_retains_every_word() -> None:
    ((key, event),) = events(message(TWO_STOPS)).items()
    assert key == event.key() == "tao:T%3A1:20260302:08%3A05%3A00"
    assert event.model_dump(exclude_defaults=True) == {
        "feed_id": "tao",
        "source_index": 1,
        "trip": {"trip_id": "T:1", "start_date": "20260302", "start_time": "08:05:00"},
        "vehicle": {
            "id": "v",
            "label": "12",
            "wheelchair_accessible": "WHEELCHAIR_ACCESSIBLE",
        },
        "timestamp": 1772452790,
        "delay": 60,
        "stop_time_updates": (
            {
                "stop_sequence": 1,
                "stop_id": "a",
                "arrival": {"delay": 30, "uncertainty": 10},
                "departure": {"time": 1772452900},
            },
            {"stop_sequence": 2, "schedule_relationship": "SKIPPED"},
            {
                "stop_id": "c",
                "departure_occupancy": "FULL",
                "assigned_stop_id": "c2",
                "pickup_type": "NONE",
            },
        ),
    }


def test_any_mixture_of_entities_is_counted() -> None:
    found = decoded(
        message(
            TWO_STOPS
            + """
            entity { id: "2" vehicle { position { latitude: 47.9 longitude: 1.9 } } }
            entity { id: "3" alert { } vehicle { } }
            entity { id: "4" is_deleted: true trip_update { trip { trip_id: "T:2" } } }
            entity { id: "5" shape { shape_id: "s" encoded_polyline: "_p~iF~ps|U" } }
            """
        )
    )
    assert found.counts == EntityTypeCounts(1, 2, 1, 1, 1)
    assert [*found.statements] == [
        ("trip_update", "tao:T%3A1:20260302:08%3A05%3A00"),
        ("vehicle", "tao:1:entity%3D2"),
        ("trip_modifications", "tao:1:5"),
    ]
    assert found.notes == {"alert_empty": 1, "vehicle_empty": 1}
    assert (found.timestamp, found.realtime_version) == (1772452800, "2.0")


def test_entities_numbered_alike_are_all_taken() -> None:
    found = decoded(
        message(
            'entity { id: "0" trip_update { trip { trip_id: "a" } } }'
            'entity { id: "0" trip_update { trip { trip_id: "b" } } }'
        )
    )
    assert sorted(record.key for record in found.statements) == ["tao:a::", "tao:b::"]
    assert found.notes == {"entity_id_repeated": 1}


def test_a_run_named_twice_is_believed_by_its_latest_timestamp_then_by_who_reports_more() -> None:
    update = 'entity {{ id: "{}" trip_update {{ trip {{ trip_id: "a" }} delay: {} {} }} }}'
    body = message(
        update.format(1, 1, "timestamp: 5")
        + update.format(2, 2, "timestamp: 9")
        + update.format(3, 300, "timestamp: 9")
    )
    assert [event.delay for event in events(body).values()] == [300]
    assert decoded(body).notes == {"trip_repeated": 2, "updates_old": 3}


def test_copies_of_one_trip_go_by_their_own_ids() -> None:
    copy = """entity {{ id: "{0}" trip_update {{
        trip {{ trip_id: "a" start_date: "20260302" schedule_relationship: DUPLICATED }}
        trip_properties {{ trip_id: "{0}" start_time: "09:00:00" }} }} }}"""
    keys = events(message(copy.format("a1") + copy.format("a2"))).keys()
    assert sorted(keys) == ["tao:a1:20260302:09%3A00%3A00", "tao:a2:20260302:09%3A00%3A00"]


def test_a_run_can_be_named_by_its_route() -> None:
    body = message(
        """entity { id: "1" trip_update { trip { route_id: "R" direction_id: 0
             start_date: "20260302" start_time: "25:10:00" } } }
           entity { id: "2" trip_update { trip { modified_trip { modifications_id: "m"
             affected_trip_id: "a" start_date: "20260302" } } } }"""
    )
    assert [*events(body)] == [
        "tao::20260302:25%3A10%3A00:route=R:direction=0",
        "tao:a:20260302::modifications=m",
    ]
    assert [event.key() for event in events(body).values()] == [*events(body)]


@pytest.mark.parametrize(
    ("trip", "code"),
    [
        ('start_date: "20260302"', "trip_unidentified"),
        ('trip_id: "a" start_date: "2026-03-02"', "start_date_invalid"),
        ('trip_id: "a" start_date: "20260230"', "start_date_invalid"),
        ('trip_id: "a" start_date: "00010101"', "start_date_invalid"),
        ('trip_id: "a" start_date: "21000101"', "start_date_invalid"),
        ('trip_id: "a" start_time: "8h05"', "start_time_invalid"),
    ],
)
def test_an_update_that_names_no_run_is_rejected(trip: str, code: str) -> None:
    found = decoded(
        message(TWO_STOPS + f'entity {{ id: "9" trip_update {{ trip {{ {trip} }} }} }}')
    )
    assert (len(found.statements), found.notes) == (1, {code: 1})


def test_implausible_values_are_left_out_and_counted() -> None:
    body = message(
        """entity { id: "1" trip_update { trip { trip_id: "a" } delay: 2000000
          stop_time_update { stop_id: "a" arrival { time: 0 } departure { time: 0 delay: 5 } }
          stop_time_update { stop_id: "b" arrival { time: 1772452900000 uncertainty: 4 } }
          stop_time_update { stop_id: "c" arrival { delay: 1 uncertainty: -4 } }
          stop_time_update { arrival { delay: 1 } } } }"""
    )
    (statement,) = decoded(body).statements.values()
    event, notes = decode_trip_update(statement.content, feed_id="tao", source=1)
    assert event.delay is None
    assert event.stop_time_updates == (
        {"stop_id": "a", "departure": {"delay": 5}},
        {"stop_id": "b"},
        {"stop_id": "c", "arrival": {"delay": 1}},
    )
    assert notes == {
        "delay_implausible": 1,
        "time_implausible": 3,
        "uncertainty_negative": 1,
        "stop_unidentified": 1,
    }
    assert notes.keys() <= NOTES.keys()


def test_text_that_is_not_utf8_does_not_spoil_the_rest() -> None:
    ((record, published),) = decoded(
        message(TWO_STOPS).replace(b"T:1", b"T\xe91")
    ).statements.items()
    assert record.key == "tao:T%EF%BF%BD1:20260302:08%3A05%3A00"
    assert decode_trip_update(published.content, feed_id="tao", source=1)[1] == {"text_not_utf8": 1}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"<!DOCTYPE html><html><body>503</body></html>", "html"),
        (b"\xef\xbb\xbf\n <HTML lang=fr>", "html"),
        (b'<?xml version="1.0"?>', "text"),
        (b'{"header": {}}', "text"),
        (message(TWO_STOPS)[:-3], "not_protobuf"),
        (b"\x12\x00", "missing_fields"),
        (message("") + b"\x12\x00", "missing_fields"),
        (message("", header="incrementality: DIFFERENTIAL"), "differential"),
    ],
)
def test_what_cannot_be_taken_is_reported(body: bytes, code: str) -> None:
    assert fault(body) == code


def test_an_incomplete_entity_is_rejected_and_the_others_are_taken() -> None:
    found = decoded(message(TWO_STOPS) + b"\x12\x02\x22\x00" + b"\x12\x03\x0a\x05x")
    assert (len(found.statements), found.notes) == (1, {"entity_unreadable": 2})


def test_millions_of_empty_entities_are_refused_before_they_are_built() -> None:
    body = message("") + b"\x12\x00" * (gtfs_realtime.MAX_ENTITIES + 1)
    assert fault(body) == "too_many_entities"


@pytest.mark.parametrize("stops", [501, 20_000, 300_000])
def test_an_update_of_unreasonable_size_is_rejected(stops: int) -> None:
    large = gtfs_rt.FeedMessage.FromString(message(TWO_STOPS))
    update = large.entity.add(id="2").trip_update
    update.trip.trip_id = "endless"
    update.stop_time_update.extend([update.StopTimeUpdate(stop_id="x")] * stops)
    found = decoded(large.SerializeToString())
    assert (len(found.statements), found.notes) == (1, {"update_too_large": 1})


def test_there_is_a_bound_to_runs_outside_the_timetable_whatever_their_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(entities, "MAX_ADDED_STOPS", 5)
    own = [
        f'entity {{ id: "{n}" trip_update {{ trip {{ trip_id: "{n}" schedule_relationship: NEW }}'
        ' stop_time_update { stop_id: "a" } stop_time_update { stop_id: "b" } } }'
        for n in range(4)
    ]
    for order in (own, own[::-1]):
        found = decoded(message(TWO_STOPS + "".join(order)))
        assert {record.key for record in found.statements} >= {"tao:0::", "tao:1::"}
        assert (len(found.statements), found.notes["own_runs_too_many"]) == (3, 2)
    assert "own_runs_too_many" in NOTES


@given(st.binary(max_size=200))
def test_random_bytes_are_a_message_or_a_fault(body: bytes) -> None:
    with suppress(SourceFault):
        decoded(body)


@given(st.integers(0, 400), st.integers(0, 400), st.binary(min_size=1, max_size=4))
def test_damage_never_does_more_than_lose_what_it_touches(at: int, end: int, junk: bytes) -> None:
    complete = message(TWO_STOPS)
    body = complete[: at % len(complete)] + junk + complete[end % len(complete) :]
    with suppress(SourceFault):
        for statement in decoded(body).statements.values():
            decode_trip_update(statement.content, feed_id="tao", source=1)


def test_a_message_cut_anywhere_is_never_read_as_a_smaller_one() -> None:
    complete = message(TWO_STOPS)
    header = len(message(""))
    for size in range(1, len(complete)):
        if size != header:  # a message may end after any entity
            assert fault(complete[:size]) in ("empty", "not_protobuf", "missing_fields")


def test_unknown_fields_and_extensions_are_skipped_as_protobuf_does() -> None:
    later = b"\xf8\x3e\x07" + b"\xf2\x3e\x02ab" + b"\xf5\x3e1234" + b"\xf1\x3e12345678"
    body = message(TWO_STOPS) + later
    assert gtfs_rt.FeedMessage.FromString(body).IsInitialized()
    assert decoded(body).statements == decoded(message(TWO_STOPS)).statements


def test_a_real_capture_is_taken_complete(real_feeds: Path) -> None:
    body = (real_feeds / "raba-trip-updates.pb").read_bytes()
    found = events(body)
    assert len(found) == 9
    skipped = [
        stop
        for event in found.values()
        for stop in event.stop_time_updates
        if stop.get("schedule_relationship") == "SKIPPED"
    ]
    assert len(skipped) == 40
    assert all(key == event.key() for key, event in found.items())
