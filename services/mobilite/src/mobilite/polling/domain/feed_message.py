"""A decoded FeedMessage: entities counted and sorted by table record, contents still serialised."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from mobilite.polling.domain.entity_state import SourceStatement


class EntityType(StrEnum):
    """The published entity types, by their field in FeedEntity."""

    TRIP_UPDATE = "trip_update"
    VEHICLE = "vehicle"
    ALERT = "alert"


class Record(NamedTuple):
    """One record of one of the three tables: which table, and the key in it."""

    entity_type: EntityType
    key: str


@dataclass(frozen=True, slots=True)
class EntityTypeCounts:
    """The entities of a message by type. One entity may have several."""

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
    """The header timestamp."""
    realtime_version: str
    feed_version: str | None
    counts: EntityTypeCounts
    statements: Mapping[Record, SourceStatement[bytes]]
    """Each TripUpdate, VehiclePosition and Alert serialised, by record; converted only if it
    differs from the previous message."""
    notes: Mapping[str, int]
    """Doubts by code."""
    repeated: frozenset[str] = frozenset()
    """The entity ids that identify several alerts."""
    read: Mapping[bytes, DecodedUpdate] = field(default_factory=dict)
    """Decoded entities by their bytes: most are the same in the next message."""
