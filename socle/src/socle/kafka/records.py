"""Records on the wire: bytes, headers and positions."""

from collections.abc import Iterable
from dataclasses import dataclass

from aiokafka.structs import ConsumerRecord

from socle.events import Position

Headers = tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class Record:
    """One record as the broker stores it."""

    position: Position
    key: bytes | None
    value: bytes | None
    """None for a tombstone."""
    headers: Headers
    timestamp: int
    """POSIX milliseconds."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One record to be written."""

    topic: str
    key: bytes | None
    value: bytes | None
    """None for a tombstone."""
    headers: Headers


def read(records: Iterable[ConsumerRecord]) -> list[Record]:
    """Convert aiokafka's records."""
    return [
        Record(
            position=Position(record.topic, record.partition, record.offset),
            key=record.key,
            value=record.value,
            headers=tuple(record.headers),
            timestamp=record.timestamp,
        )
        for record in records
    ]
