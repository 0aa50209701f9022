"""What the merged feeds need of the outside."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from mobilite.events import AlertV1, EntitySelector, TripUpdateV1, VehiclePositionV1
from mobilite.feeds.ports import FeedFacts
from mobilite.gtfs.domain.ids import FeedId
from mobilite.open_data.domain.merged_network import MergedVersion
from mobilite.realtime.ports import RealTimeState
from mobilite.vehicles.domain.fleet import Fleet


class EntityWriter(Protocol):
    """What operators say, as serialised FeedEntities with global ids."""

    def trip_update(self, event: TripUpdateV1) -> bytes:
        """Every word of a trip update."""
        ...

    def decided(self, entity: bytes) -> bytes:
        """A trip update written before, with the stops it says not to be served and without what it
        predicts."""
        ...

    def undated(self, entity: bytes) -> bytes:
        """A trip update or vehicle written before, without the instant it was measured at."""
        ...

    def vehicle(self, event: VehiclePositionV1, *, trip: bool, stop: bool) -> bytes:
        """A vehicle, with its trip and its stop where these may go out."""
        ...

    def alert(self, event: AlertV1, informed: Iterable[EntitySelector]) -> bytes:
        """An alert about `informed` (ids still local)."""
        ...


class MessageWriter(Protocol):
    """A FULL_DATASET message of such entities; `version` is that of the schedule it goes with."""

    def protobuf(self, entities: Sequence[bytes], *, timestamp: int, version: str) -> bytes:
        """As protobuf."""
        ...

    def json(
        self, message_type: str, entities: Sequence[bytes], *, timestamp: int, version: str
    ) -> bytes:
        """As the standard JSON of the same message."""
        ...


class MergedScheduleStore(Protocol):
    """Where merged schedules are made and kept."""

    def find(self, version: str) -> Path | None:
        """The file of a version, if it is there."""
        ...

    def latest(self) -> Path | None:
        """The file made last, if there is any."""
        ...

    async def make(self, version: MergedVersion) -> Path:
        """Make the file of a version. Raises Refusal("unavailable")."""
        ...


class MergedState(RealTimeState, FeedFacts, Protocol):
    """What operators published, by feed and record key, and the runs it is resolved to."""

    @property
    def vehicles(self) -> Mapping[FeedId, Mapping[str, VehiclePositionV1]]: ...
    @property
    def alerts(self) -> Mapping[FeedId, Mapping[str, AlertV1]]: ...

    def fleet(self, feed_id: FeedId) -> Fleet:
        """The vehicles of a feed; an empty fleet where it has none."""
        ...
