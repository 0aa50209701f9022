"""Writes merged GTFS-Realtime messages as protobuf and as JSON.

The protobuf is the serialised entities concatenated after a header, which is the wire format of
a repeated field. The JSON is the standard mapping; each entity's JSON is cached, since most are
unchanged in the next message. https://protobuf.dev/programming-guides/encoding/ ,
https://protobuf.dev/programming-guides/json/
"""

from collections.abc import Sequence
from typing import Final

import orjson
from google.protobuf.json_format import MessageToDict
from google.transit import gtfs_realtime_pb2 as gtfs_rt

_ENTITY_TAG: Final = b"\x12"  # field 2, length-delimited


class MergedMessages:
    """Writes messages made of serialised entities. Implements `MessageWriter`."""

    def __init__(self) -> None:
        self._json: dict[str, dict[bytes, bytes]] = {}
        """By message type, the JSON of the entities of the last message, by their bytes."""

    def protobuf(self, entities: Sequence[bytes], *, timestamp: int, version: str) -> bytes:
        """A FULL_DATASET FeedMessage. `timestamp`: POSIX seconds. `version`: of the matching
        schedule."""
        pieces = [_header(timestamp, version).SerializePartialToString(deterministic=True)]
        for entity in entities:
            pieces += (_ENTITY_TAG, _varint(len(entity)), entity)
        return b"".join(pieces)

    def json(
        self, message_type: str, entities: Sequence[bytes], *, timestamp: int, version: str
    ) -> bytes:
        """The same message as JSON. Entities that were in the previous message of that
        `message_type` are not converted again."""
        known = self._json.get(message_type, {})
        written = {entity: known.get(entity) or _json(entity) for entity in entities}
        self._json[message_type] = written
        header = orjson.dumps(MessageToDict(_header(timestamp, version))["header"])
        return b'{"header":' + header + b',"entity":[' + b",".join(written.values()) + b"]}"


def _header(timestamp: int, version: str) -> gtfs_rt.FeedMessage:
    message = gtfs_rt.FeedMessage()
    header = message.header
    header.gtfs_realtime_version = "2.0"
    header.incrementality = gtfs_rt.FeedHeader.FULL_DATASET
    header.timestamp = timestamp
    header.feed_version = version
    return message


def _json(entity: bytes) -> bytes:
    return orjson.dumps(MessageToDict(gtfs_rt.FeedEntity.FromString(entity)))


def _varint(number: int) -> bytes:
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)
