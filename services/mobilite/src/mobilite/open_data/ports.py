"""The ports of the merged feeds."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from mobilite.events import (
    AlertV1,
    EntitySelector,
    TripModificationsV1,
    TripUpdateV1,
    VehiclePositionV1,
)
from mobilite.feeds.ports import FeedAnnouncements
from mobilite.gtfs.domain.ids import FeedId
from mobilite.open_data.domain.merged_network import MergedVersion
from mobilite.realtime.ports import RealTimeState
from mobilite.vehicles.domain.fleet import Fleet


class EntityWriter(Protocol):
    """Serialises operators' data as FeedEntities with global ids."""

    def trip_update(self, event: TripUpdateV1) -> bytes:
        """A complete trip update."""
        ...

    def corrected(
        self, entity: bytes, *, sequences: Mapping[int, int | None], start_date: str | None
    ) -> bytes:
        """A serialised trip update with other stop_sequences, by place of the stop update, without
        the stop updates whose sequence is None, and with that start_date unless it is None."""
        ...

    def decisions_only(self, entity: bytes) -> bytes:
        """A serialised trip update reduced to its skipped stops, without predictions."""
        ...

    def without_timestamp(self, entity: bytes) -> bytes:
        """A serialised trip update or vehicle without its timestamp."""
        ...

    def vehicle(self, event: VehiclePositionV1, *, trip: bool, stop: bool) -> bytes:
        """A vehicle. `trip`: whether its trip, with the stop_sequence, is written; `stop`: whether
        its stop is."""
        ...

    def alert(self, event: AlertV1, informed: Iterable[EntitySelector]) -> bytes:
        """An alert with the selectors `informed` (local ids)."""
        ...

    def trip_modifications(self, event: TripModificationsV1) -> bytes:
        """A detour, a shape or a stop."""
        ...


class MessageWriter(Protocol):
    """Writes FULL_DATASET messages. `entities`: serialised. `timestamp`: POSIX seconds.
    `version`: the id of the matching schedule."""

    def protobuf(self, entities: Sequence[bytes], *, timestamp: int, version: str) -> bytes:
        """The message as protobuf."""
        ...

    def json(
        self, message_type: str, entities: Sequence[bytes], *, timestamp: int, version: str
    ) -> bytes:
        """The message in the JSON mapping of protobuf.

        `message_type`: which of the merged messages it is. What its former entities were written as
        is used again.
        """
        ...


class MergedScheduleStore(Protocol):
    """The folder of merged schedules."""

    def find(self, version: str) -> Path | None:
        """The file of a version; None if it does not exist."""
        ...

    def latest(self) -> Path | None:
        """The newest file; None if there is none."""
        ...

    async def make(self, version: MergedVersion) -> Path:
        """Write the file of a version. Raises Refusal("unavailable") if that fails."""
        ...


class MergedState(RealTimeState, FeedAnnouncements, Protocol):
    """The data that is merged: records as published, and the resolved runs."""

    @property
    def vehicles(self) -> Mapping[FeedId, Mapping[str, VehiclePositionV1]]:
        """By feed and record key."""
        ...

    @property
    def alerts(self) -> Mapping[FeedId, Mapping[str, AlertV1]]:
        """By feed and record key."""
        ...

    @property
    def modifications(self) -> Mapping[FeedId, Mapping[str, TripModificationsV1]]:
        """By feed and record key."""
        ...

    def fleet(self, feed_id: FeedId) -> Fleet:
        """The vehicles of a feed; an empty fleet if it has none."""
        ...
