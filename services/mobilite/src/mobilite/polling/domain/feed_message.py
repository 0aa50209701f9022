"""A decoded FeedMessage: its entities are counted and assigned to table records, but remain
serialised."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from mobilite.polling.domain.entity_state import SourceStatement


class EntityType(StrEnum):
    """The published entity types. The values are fields of FeedEntity."""

    TRIP_UPDATE = "trip_update"
    VEHICLE = "vehicle"
    ALERT = "alert"
    TRIP_MODIFICATIONS = "trip_modifications"
    """An entity with a TripModifications, a Shape or a Stop."""


class Record(NamedTuple):
    """Identifies one record of the tables (topics) of entities."""

    entity_type: EntityType
    """Which table."""
    key: str
    """The record key in it."""


@dataclass(frozen=True, slots=True)
class EntityTypeCounts:
    """The number of entities of each type in a message. One entity can have several types."""

    trip_updates: int = 0
    vehicle_positions: int = 0
    alerts: int = 0
    other: int = 0
    deleted: int = 0


@dataclass(frozen=True, slots=True)
class DecodedUpdate:
    """A decoded entity that has exactly one valid trip update."""

    name: str
    """The entity id."""
    record: Record
    statement: SourceStatement[bytes]
    added_stops: int | None
    """The stops of a run outside the timetable; None for other runs."""
    predicts: bool
    """Whether it has predicted times."""


@dataclass(frozen=True, slots=True)
class FeedMessage:
    """A decoded message of one address."""

    timestamp: int | None
    """The header timestamp; None if there is none."""
    realtime_version: str
    feed_version: str | None
    """The schedule it was made for; None if not given."""
    counts: EntityTypeCounts
    statements: Mapping[Record, SourceStatement[bytes]]
    """Each entity serialised, by record. It is converted to an
    event only if it differs from the previous message."""
    notes: Mapping[str, int]
    """The number of doubts by code (`sources.domain.poll_notes`)."""
    repeated: frozenset[str] = frozenset()
    """The entity ids that identify several alerts."""
    decoded: Mapping[bytes, DecodedUpdate] = field(default_factory=dict)
    """Decoded trip updates by the bytes of their entity: most are the same in the next message."""
