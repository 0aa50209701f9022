"""FeedMessages of any entities in protobuf's text format, and the events they become."""

from collections import Counter

from google.protobuf import text_format
from google.transit import gtfs_realtime_pb2 as gtfs_rt

from mobilite.polling.adapters.decoding.gtfs_realtime import decode_entity, decode_message
from mobilite.polling.domain.feed_message import Record
from mobilite.polling.ports import EntityEvent


def message(*entities: str, header: str = "timestamp: 1772452800") -> bytes:
    """A serialised FeedMessage."""
    complete = f'header {{ gtfs_realtime_version: "2.0" {header} }} {" ".join(entities)}'
    return text_format.Parse(complete, gtfs_rt.FeedMessage()).SerializeToString()


def events(body: bytes, repeated: frozenset[str] = frozenset()) -> dict[Record, EntityEvent]:
    """The events of that message at the second address of the feed "tao", by record."""
    found = decode_message(body, feed_id="tao", source=1, repeated=repeated)
    result = {
        record: decode_entity(record, published.content, feed_id="tao", source=1)[0]
        for record, published in found.statements.items()
    }
    assert all(event.key() == record.key for record, event in result.items())
    return result


def notes_of(body: bytes) -> dict[str, int]:
    """The notes on a message and its entities."""
    found = decode_message(body, feed_id="tao", source=1)
    notes = Counter(found.notes)
    for record, published in found.statements.items():
        notes += decode_entity(record, published.content, feed_id="tao", source=1)[1]
    return dict(notes)
