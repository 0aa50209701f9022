"""The places of this replica, derived again when a schedule in service changes.

They are not part of the live state: deriving them takes seconds for the largest region, and no
board waits for it. Until then a hub has its former members.
"""

import asyncio
from collections.abc import Mapping

from mobilite.addresses.flows.live_addresses import LiveAddresses
from mobilite.gtfs.domain.ids import FeedId
from mobilite.places.domain.feed_stops import FeedStops
from mobilite.places.domain.region_places import Gazetteer, RegionPlaces, region_places
from mobilite.realtime.ports import RealTimeState
from mobilite.streams.ports import StateSource
from mobilite.timetable.domain.feed_schedule import FeedSchedule

_Schedules = Mapping[FeedId, FeedSchedule]


class LivePlaces:
    """The places of the schedules in service (`PlacesSource`). One writer: `run`, or `refresh`."""

    def __init__(
        self, live: StateSource[RealTimeState], gazetteer: Gazetteer | None = None
    ) -> None:
        self._live = live
        self.gazetteer = gazetteer or Gazetteer()
        self.current = RegionPlaces()
        self.addresses = LiveAddresses()
        """Those of a file, which changes on its own."""
        self._stops: dict[FeedId, tuple[FeedSchedule, FeedStops]] = {}
        """The stops of each schedule that the places are derived from."""
        self._complete = False
        """Whether the places have been those of every schedule in service once."""

    def configure(self, gazetteer: Gazetteer) -> None:
        """Use these communes and declared hubs from the next derivation on."""
        self.gazetteer = gazetteer

    def refresh(self) -> None:
        """Derive the places again if a schedule in service has changed."""
        schedules = self._schedules()
        if not self._is_current(schedules):
            self.current = self._derive(schedules)

    async def run(self) -> None:
        """Derive the places, in a thread, whenever a schedule changes, until cancelled."""
        while True:
            schedules = self._schedules()
            if not self._is_current(schedules):
                self.current = await asyncio.to_thread(self._derive, schedules)
            else:
                await self._live.next_change()

    def why_not(self) -> str | None:
        """Why places are not ready after the start, in French; None if they are, or without any
        schedule. Later changes of a schedule do not make a replica unready."""
        schedules = self._schedules()
        self._complete = self._complete or (bool(schedules) and self._is_current(schedules))
        ready = self._complete or not schedules
        return None if ready else "les lieux ne sont pas encore prêts"

    def _schedules(self) -> _Schedules:
        feeds = self._live.state.snapshot.feeds.items()
        return {feed_id: feed.schedule for feed_id, feed in feeds if feed.schedule is not None}

    def _is_current(self, schedules: _Schedules) -> bool:
        known = self._stops
        return known.keys() == schedules.keys() and all(
            known[feed_id][0] is schedule for feed_id, schedule in schedules.items()
        )

    def _derive(self, schedules: _Schedules) -> RegionPlaces:
        known = dict[FeedId, tuple[FeedSchedule, FeedStops]]()
        for feed_id, schedule in schedules.items():
            before = self._stops.get(feed_id)
            same = before is not None and before[0] is schedule
            known[feed_id] = before if before and same else (schedule, FeedStops.of(schedule))
        places = region_places({key: stops for key, (_, stops) in known.items()}, self.gazetteer)
        self._stops = known
        return places
