"""The state that vehicles are read from."""

from collections.abc import Mapping
from typing import Protocol

from mobilite.feeds.ports import KnownFeeds
from mobilite.gtfs.domain.ids import FeedId
from mobilite.realtime.ports import RealTimeState
from mobilite.vehicles.domain.fleet import Fleet


class VehiclesState(RealTimeState, KnownFeeds, Protocol):
    """The vehicles of each feed."""

    @property
    def fleets(self) -> Mapping[FeedId, Fleet]: ...

    def fleet(self, feed_id: FeedId) -> Fleet:
        """The vehicles of a feed; an empty fleet if it has none."""
        ...
