"""Writers, readers and examples match the schemas, and every schema has descriptions."""

import json
from pathlib import Path
from typing import Any

import pytest
from contract_files import (
    SCHEMAS,
    TOPICS,
    closed,
    examples,
    fields,
    json_of,
    readers_of,
    schema,
    validator,
    writer_of,
)
from google.protobuf import text_format
from google.transit import gtfs_realtime_pb2 as gtfs_rt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from instances import instances

from mobilite.polling.adapters.decoding.gtfs_realtime import decode_entity, decode_message
from regionlab.contracts.json_schemas import as_json, schema_of
from socle.testing import sized

TOPIC = pytest.mark.parametrize("topic", TOPICS)
EXAMPLE = pytest.mark.parametrize(
    ("topic", "path"), examples(), ids=[f"{topic}/{path.stem}" for topic, path in examples()]
)


@TOPIC
def test_the_schema_describes_what_the_writer_writes(topic: str) -> None:
    committed = (SCHEMAS / f"{topic}.schema.json").read_text(encoding="utf-8")
    assert committed == as_json(schema_of(writer_of(topic))), "run `regionlab topics schemas`"


@TOPIC
def test_every_field_is_described(topic: str) -> None:
    silent = [name for name, field in fields(schema(topic)) if not field.get("description")]
    assert silent == []
    assert schema(topic)["description"]


@TOPIC
def test_every_topic_has_examples(topic: str) -> None:
    assert [path for name, path in examples() if name == topic]


@EXAMPLE
def test_an_example_matches_its_schema_exactly(topic: str, path: Path) -> None:
    validator(closed(schema(topic))).validate(json_of(path))


@EXAMPLE
def test_every_reader_reads_every_example(topic: str, path: Path) -> None:
    for reader in (writer_of(topic), *readers_of(topic)):
        assert reader.model_validate_json(path.read_text("utf-8")).key()


@EXAMPLE
def test_a_reader_ignores_what_a_later_writer_adds(topic: str, path: Path) -> None:
    later = {**json_of(path), "added_later": {"by": "a newer writer"}}
    for reader in readers_of(topic):
        assert reader.model_validate(later) == reader.model_validate(json_of(path))


@TOPIC
@pytest.mark.deep
@settings(max_examples=sized(8, deep=100), deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_readers_take_all_the_schema_allows_and_writers_write_nothing_else(
    topic: str, data: st.DataObject
) -> None:
    value = data.draw(instances(schema(topic)))
    allowed = validator(closed(schema(topic)))
    allowed.validate(value)
    for reader in readers_of(topic):
        reader.model_validate(value)
    written = writer_of(topic).model_validate(value)
    allowed.validate(as_on_the_bus(written.model_dump_json(exclude_none=True)))


def test_what_the_poll_makes_of_a_real_message_matches_the_schema() -> None:
    update = gtfs_rt.FeedMessage()
    text_format.Parse(
        """header { gtfs_realtime_version: "2.0" timestamp: 1772435890 }
        entity { id: "1" trip_update {
          trip { trip_id: "t" start_date: "20260302" start_time: "8:05:00" direction_id: 1
                 schedule_relationship: DUPLICATED }
          trip_properties { trip_id: "u" trip_headsign: "Gare" shape_id: "s" }
          vehicle { id: "v" license_plate: "p" wheelchair_accessible: WHEELCHAIR_INACCESSIBLE }
          timestamp: 1772435880 delay: -30
          stop_time_update { stop_sequence: 1 stop_id: "a" schedule_relationship: UNSCHEDULED
            arrival { time: 1772435990 uncertainty: 0 scheduled_time: 1772435980 }
            departure_occupancy_status: NOT_BOARDABLE
            stop_time_properties { assigned_stop_id: "b" stop_headsign: "h"
              pickup_type: PHONE_AGENCY drop_off_type: COORDINATE_WITH_DRIVER } } } }
        entity { id: "2" vehicle {
          trip { trip_id: "t" } vehicle { id: "v" label: "12" } timestamp: 1772435880
          position { latitude: 48 longitude: 2 bearing: 90 speed: 8 odometer: 1200 }
          current_stop_sequence: 1 stop_id: "a" current_status: STOPPED_AT
          congestion_level: CONGESTION occupancy_status: FULL occupancy_percentage: 100 } }
        entity { id: "3" alert {
          active_period { start: 1772435880 } impact_period { end: 1772435890 }
          informed_entity { agency_id: "a" route_id: "r" route_type: 3 direction_id: 1
            trip { trip_id: "t" start_date: "20260302" } stop_id: "s" }
          cause: STRIKE effect: NO_SERVICE severity_level: SEVERE
          header_text { translation { text: "x" language: "fr" } }
          description_text { translation { text: "x" } } url { translation { text: "x" } }
          tts_header_text { translation { text: "x" } } cause_detail { translation { text: "x" } }
          tts_description_text { translation { text: "x" } }
          effect_detail { translation { text: "x" } } } }""",
        update,
    )
    message = decode_message(update.SerializeToString(), feed_id="tao", source=0)
    assert len(message.statements) == 3
    for record, statement in message.statements.items():
        event, _ = decode_entity(record, statement.content, feed_id="tao", source=0)
        written = as_on_the_bus(event.model_dump_json(exclude_none=True))
        validator(closed(schema(event.topic))).validate(written)
        filled = {name for name, _ in fields(schema(event.topic)) if name.count("/") == 1}
        assert {f"/{name}" for name in written} == filled, "the message above leaves fields out"


def as_on_the_bus(text: str) -> Any:
    """What a reader of the record's value finds."""
    return json.loads(text)
