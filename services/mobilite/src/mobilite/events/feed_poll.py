"""`mobilite.feed-poll.v1`: the state of each GTFS-RT address."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from mobilite.events.part import Part, key_of
from socle.events import Event

CarriedType = Literal["trip_updates", "vehicle_positions", "alerts"]


class EntityCounts(Part):
    """The number of entities of each type in the last accepted message."""

    trip_updates: int = Field(default=0, ge=0, description="Entities carrying a TripUpdate")
    vehicle_positions: int = Field(default=0, ge=0, description="Entities carrying a position")
    alerts: int = Field(default=0, ge=0, description="Entities carrying an alert")
    other: int = Field(default=0, ge=0, description="Shapes, stops, trip modifications, or nothing")
    deleted: int = Field(default=0, ge=0, description="Entities marked is_deleted: not taken")


class PollNote(Part):
    """A doubt about an accepted message."""

    code: str = Field(description="Stable code, for machines")
    message: str = Field(description="What was seen and what was done about it, in French")
    count: int = Field(ge=1, description="How many times, in this message")


class PollError(Part):
    """Why the last attempt failed. The last accepted message stays in use, and ages."""

    code: str = Field(description="Stable code, for machines")
    message: str = Field(description="What happened, in French, for a person who can act on it")
    since: datetime = Field(description="First attempt of the unbroken series of failures")


class FeedPollV1(Event, topic="mobilite.feed-poll.v1", kind="table"):
    """The state of one GTFS-RT address of a feed. Key: `feed:source_index`.

    Written after the entities of its last message. The age of everything that the address has
    published is `now - as_of`.
    """

    feed_id: str = Field(min_length=1, description="Id of the feed in feeds.toml")
    source_index: int = Field(ge=0, description="Position of the address in gtfs_rt, from 0")
    address: str = Field(description="The address, without credentials and query")
    attempted_at: datetime = Field(description="Instant of the last attempt")
    outcome: Literal["accepted", "unchanged", "failed"] = Field(
        description="accepted: a newer message; unchanged: the same as before; failed: see error"
    )
    succeeded_at: datetime | None = Field(
        default=None, description="Last attempt that was not a failure; absent: never"
    )
    header_timestamp: int | None = Field(
        default=None, description="Header timestamp of the last accepted message, as given"
    )
    as_of: datetime | None = Field(
        default=None,
        description="Instant of the content: the header timestamp, never later than its "
        "reception; absent until a message has been accepted",
    )
    realtime_version: str | None = Field(default=None, description="gtfs_realtime_version")
    feed_version: str | None = Field(
        default=None, description="feed_version: the schedule the message was made for"
    )
    entities: EntityCounts = Field(
        default_factory=EntityCounts, description="Entities of the last accepted message"
    )
    trips: int = Field(default=0, ge=0, description="Runs currently predicted from this address")
    superseded: int = Field(
        default=0,
        ge=0,
        description="Runs for which another address of the feed takes precedence",
    )
    carries: tuple[CarriedType, ...] = Field(
        default=(), description="The entity types that it has published so far, in this order"
    )
    vehicles: int = Field(default=0, ge=0, description="Vehicles it currently publishes")
    alerts: int = Field(default=0, ge=0, description="Alerts it currently publishes")
    notes: tuple[PollNote, ...] = Field(
        default=(), description="Doubts about the last accepted message"
    )
    error: PollError | None = Field(default=None, description="Why the last attempt failed")
    consecutive_failures: int = Field(default=0, ge=0, description="Failures since last success")
    refused_older: int = Field(
        default=0, ge=0, description="Messages refused as older than the one before, so far"
    )

    def key(self) -> str:
        return key_of(self.feed_id, self.source_index)
