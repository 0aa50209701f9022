"""The state that runs and their freshness are read from."""

from collections.abc import Mapping
from typing import Protocol

from mobilite.events import FeedPollV1
from mobilite.gtfs.domain.ids import FeedId
from mobilite.realtime.domain.snapshot import Snapshot


class RealTimeState(Protocol):
    """The runs of every feed, and the state of each GTFS-RT address by feed and number."""

    @property
    def snapshot(self) -> Snapshot: ...
    @property
    def polls(self) -> Mapping[FeedId, Mapping[int, FeedPollV1]]: ...
