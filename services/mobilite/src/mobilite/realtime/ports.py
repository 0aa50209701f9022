"""The state that runs and their freshness are read from."""

from collections.abc import Mapping
from typing import Protocol

from mobilite.events import FeedPollV1
from mobilite.gtfs.domain.ids import FeedId
from mobilite.realtime.domain.snapshot import Snapshot


class RealTimeState(Protocol):
    """The real time this replica has received."""

    @property
    def snapshot(self) -> Snapshot:
        """The runs of every feed."""
        ...

    @property
    def polls(self) -> Mapping[FeedId, Mapping[int, FeedPollV1]]:
        """The state of each GTFS-RT address, by feed and number of the address."""
        ...
