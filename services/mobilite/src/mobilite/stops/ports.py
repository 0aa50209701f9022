"""The state that stop search reads, and the alerts port."""

from collections.abc import Mapping
from typing import Protocol

from mobilite.feeds.ports import KnownFeeds
from mobilite.gtfs.domain.ids import FeedId, GlobalId
from mobilite.realtime.ports import RealTimeState
from mobilite.stops.domain.stop_search import StopSearch


class StopsState(RealTimeState, KnownFeeds, Protocol):
    """The schedules in service and the stop search of each."""

    @property
    def searches(self) -> Mapping[FeedId, StopSearch]: ...


class ListStopAlerts(Protocol):
    """The public ids of the alerts of a group of stops (rows of a timetable) and of their routes,
    without those of single trips, active at `now` (POSIX seconds) or later, most severe first."""

    def __call__(self, feed_id: FeedId, stops: tuple[int, ...], *, now: int) -> list[GlobalId]: ...
