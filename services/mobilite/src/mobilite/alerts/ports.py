"""The state that alerts are read from."""

from collections.abc import Mapping
from typing import Protocol

from mobilite.alerts.domain.alert_index import AlertIndex
from mobilite.gtfs.domain.ids import FeedId
from mobilite.stops.ports import StopsState


class AlertsState(StopsState, Protocol):
    """The alerts of each feed, indexed with its current schedule."""

    @property
    def alert_indexes(self) -> Mapping[FeedId, AlertIndex]: ...

    def alert_index(self, feed_id: FeedId) -> AlertIndex:
        """The alerts of a feed; an empty index if it has none."""
        ...
