"""One GTFS-RT FeedMessage as the poll needs it: counted, sorted by run, not yet walked."""

from collections.abc import Mapping
from dataclasses import dataclass

from mobilite.domain.round import Statement


@dataclass(frozen=True, slots=True)
class KindCounts:
    """Entities of a message by kind. One entity may carry several."""

    trip_updates: int = 0
    vehicle_positions: int = 0
    alerts: int = 0
    other: int = 0
    deleted: int = 0


@dataclass(frozen=True, slots=True)
class FeedMessage:
    """A decoded message of one address.

    `timestamp` is the header's as given. `statements` holds the serialised TripUpdate of each run
    by table key; a TripUpdate is walked only if it differs from the one before. `notes` counts
    doubts by code.
    """

    timestamp: int | None
    realtime_version: str
    feed_version: str | None
    counts: KindCounts
    statements: Mapping[str, Statement[bytes]]
    notes: Mapping[str, int]
