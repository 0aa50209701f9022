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


class Corrupt(Exception):
    """The bytes are not a complete protobuf message."""


@dataclass(frozen=True, slots=True)
class Slices:
    """The serialised header, and each serialised entity in the order of the message.

    A header sent in several pieces is their concatenation, which is how protobuf merges them.
    """

    header: bytes
    entities: tuple[bytes, ...]


def split_message(body: bytes, *, most_entities: int) -> Slices | None:
    """Split a serialised FeedMessage; None if it has more than `most_entities` entities.

    Raises Corrupt if the bytes are truncated or cannot be protobuf. Unknown fields are skipped.
    """
    header, entities = [], []
    at, end = 0, len(body)
    while at < end:
        tag, at = _varint(body, at)
        field, wire = tag >> 3, tag & 7
        if field == 0:
            raise Corrupt
        if wire == _BYTES:
            size, at = _varint(body, at)
            content, at = body[at : at + size], at + size
            if field == ENTITY:
                entities.append(content)
                if len(entities) > most_entities:
                    return None
            elif field == HEADER:
                header.append(content)
        elif field in (HEADER, ENTITY):
            raise Corrupt
        elif wire == _VARINT:
            _, at = _varint(body, at)
        elif wire in (_FIXED32, _FIXED64):
            at += 4 if wire == _FIXED32 else 8
        else:
            raise Corrupt
        if at > end:
            raise Corrupt
    return Slices(b"".join(header), tuple(entities))


def _varint(body: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(body) and shift < 64:
        byte = body[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise Corrupt
