"""The ports of the merged feeds."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from mobilite.events import AlertV1, EntitySelector, TripUpdateV1, VehiclePositionV1
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

    def decisions_only(self, entity: bytes) -> bytes:
        """A serialised trip update reduced to its skipped stops, without predictions."""
        ...

    def without_timestamp(self, entity: bytes) -> bytes:
        """A serialised trip update or vehicle without its timestamp."""
        ...

    def vehicle(self, event: VehiclePositionV1, *, trip: bool, stop: bool) -> bytes:
        """A vehicle, with its trip and its stop if these are published."""
        ...

    def alert(self, event: AlertV1, informed: Iterable[EntitySelector]) -> bytes:
        """An alert with the selectors `informed` (local ids)."""
        ...


class MessageWriter(Protocol):
    """Writes FULL_DATASET messages; `version` is that of the matching schedule."""

    def protobuf(self, entities: Sequence[bytes], *, timestamp: int, version: str) -> bytes:
        """The message as protobuf."""
        ...

    def json(
        self, message_type: str, entities: Sequence[bytes], *, timestamp: int, version: str
    ) -> bytes:
        """The message in the standard JSON mapping."""
        ...


class MergedScheduleStore(Protocol):
    """The folder of merged schedules."""

    def find(self, version: str) -> Path | None:
        """The file of a version, if it exists."""
        ...

    def latest(self) -> Path | None:
        """The newest file, if there is any."""
        ...

    async def make(self, version: MergedVersion) -> Path:
        """Write the file of a version. Raises Refusal("unavailable")."""
        ...


class MergedState(RealTimeState, FeedAnnouncements, Protocol):
    """Published records by feed and key, and the resolved runs."""

    @property
    def vehicles(self) -> Mapping[FeedId, Mapping[str, VehiclePositionV1]]: ...
    @property
    def alerts(self) -> Mapping[FeedId, Mapping[str, AlertV1]]: ...

    def fleet(self, feed_id: FeedId) -> Fleet:
        """The vehicles of a feed; an empty fleet if it has none."""
        ...
