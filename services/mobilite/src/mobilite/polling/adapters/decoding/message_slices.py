"""Splits a FeedMessage into serialised entities without parsing them.

A FeedMessage is a sequence of length-delimited fields: 1 header, 2 entity. Splitting it first
limits what protobuf builds: 32 MiB of empty entities would become gigabytes of objects.
https://protobuf.dev/programming-guides/encoding/
"""

from dataclasses import dataclass
from typing import Final

HEADER: Final = 1
ENTITY: Final = 2
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


class InvalidMessage(Exception):
    """The bytes are not a complete protobuf message."""


@dataclass(frozen=True, slots=True)
class SplitMessage:
    """A message in serialised parts."""

    header: bytes
    """Several headers are concatenated: protobuf merges them in that way."""
    entities: tuple[bytes, ...]
    """In the order of the message."""


def split_message(body: bytes, *, most_entities: int) -> SplitMessage | None:
    """Split a serialised FeedMessage; None if it has more than `most_entities` entities.

    Raises InvalidMessage if the bytes are truncated or cannot be protobuf. Unknown fields are
    skipped.
    """
    header, entities = [], []
    offset, end = 0, len(body)
    while offset < end:
        tag, offset = _varint(body, offset)
        field, wire = tag >> 3, tag & 7
        if field == 0:
            raise InvalidMessage
        if wire == _BYTES:
            size, offset = _varint(body, offset)
            content, offset = body[offset : offset + size], offset + size
            if field == ENTITY:
                entities.append(content)
                if len(entities) > most_entities:
                    return None
            elif field == HEADER:
                header.append(content)
        elif field in (HEADER, ENTITY):
            raise InvalidMessage
        elif wire == _VARINT:
            _, offset = _varint(body, offset)
        elif wire in (_FIXED32, _FIXED64):
            offset += 4 if wire == _FIXED32 else 8
        else:
            raise InvalidMessage
        if offset > end:
            raise InvalidMessage
    return SplitMessage(b"".join(header), tuple(entities))


def _varint(body: bytes, offset: int) -> tuple[int, int]:
    value = shift = 0
    while offset < len(body) and shift < 64:
        byte = body[offset]
        offset += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, offset
        shift += 7
    raise InvalidMessage
