"""One GTFS-RT FeedMessage as the poll needs it: counted, sorted by table record, not yet walked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from mobilite.polling.domain.entity_state import Statement


class EntityKind(StrEnum):
    """The kinds of entity that are told on, by their field in FeedEntity."""

    TRIP_UPDATE = "trip_update"
    VEHICLE = "vehicle"
    ALERT = "alert"


class Record(NamedTuple):
    """One record of one of the three tables: which table, and the key in it."""

    kind: EntityKind
    key: str


@dataclass(frozen=True, slots=True)
class KindCounts:
    """Entities of a message by kind. One entity may carry several."""

    trip_updates: int = 0
    vehicle_positions: int = 0
    alerts: int = 0
    other: int = 0
    deleted: int = 0


@dataclass(frozen=True, slots=True)
class ReadUpdate:
    """What the bytes of one entity come to that tells of one run, of nothing else, and beyond
    doubt. `name` is the entity's. `own_stops` counts the stops of a run that no timetable holds,
    and is None for others; `predicts`: it tells times."""

    name: str
    record: Record
    said: Statement[bytes]
    own_stops: int | None
    predicts: bool


@dataclass(frozen=True, slots=True)
class FeedMessage:
    """A decoded message of one address.

    `timestamp` is the header's as given. `statements` holds each TripUpdate, VehiclePosition and
    Alert serialised, by the record it becomes; one is walked only if it differs from the one
    before. `repeated` are the entity ids that name several alerts. `notes` counts doubts by code.
    `read` is what entities came to, by their bytes: most are the same in the next message.
    """

    timestamp: int | None
    realtime_version: str
    feed_version: str | None
    counts: KindCounts
    statements: Mapping[Record, Statement[bytes]]
    notes: Mapping[str, int]
    repeated: frozenset[str] = frozenset()
    read: Mapping[bytes, ReadUpdate] = field(default_factory=dict)
