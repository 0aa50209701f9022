"""The ways on foot and by wheelchair in one network, computed again when lifts stop or work
again, and when entrances close or open.

Only what is inside stations is computed then: the ways along streets are those of before.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final

from mobilite.alerts.ports import AlertsState
from mobilite.gtfs.domain.ids import FeedId
from mobilite.journeys.domain.footpaths import WalkingRules, build_footpaths
from mobilite.journeys.domain.network import JourneyNetwork
from mobilite.journeys.domain.search import Ways
from mobilite.journeys.flows.planning_state import Timetables, Walking
from mobilite.journeys.flows.stations.station_alerts import (
    Impaired,
    ImpairedFeeds,
    StationAlert,
    StationState,
    changes_after,
    impaired_feeds,
    station_alerts,
)
from mobilite.journeys.flows.stations.station_pathways import FeedStations, NetworkStations
from mobilite.journeys.flows.stations.station_walking import StationWalking
from mobilite.journeys.ports import WalkingWays

LONGEST_CHANGE: Final = 1000
"""Metres on foot between two rides, at most."""


_CACHED: Final = 4
"""States of stations of which the ways are cached."""


class WalkingBuilder:
    """Makes the ways of travellers in one network."""

    def __init__(
        self,
        network: JourneyNetwork,
        feeds: Sequence[FeedStations],
        streets: tuple[WalkingWays, WalkingWays],
    ) -> None:
        """`feeds`: in the order of the network. `streets`: on foot and by wheelchair."""
        self._network, self._feeds = network, feeds
        self._streets = streets
        self._walks = {id(each): lru_cache(1)(each.walks) for each in streets}
        self._cached = lru_cache(_CACHED)(self._find_walking)

    def alerts(self, live: AlertsState, now: int) -> StationState:
        """What the alerts of an instant (POSIX seconds) report."""
        found: dict[FeedId, tuple[StationAlert, ...]] = {}
        for feed in self._feeds:
            feed_id = feed.timetable.feed_id
            if alerts := station_alerts(feed.pathways, live.alert_index(feed_id)):
                found[feed_id] = alerts
        edges = (edge for alerts in found.values() for edge in changes_after(alerts, now))
        return StationState(found, impaired_feeds(found, now), min(edges, default=None))

    def walking(self, impaired: ImpairedFeeds) -> tuple[Walking, Walking]:
        """The ways on foot and by wheelchair. Those that were wanted last are cached: alerts start
        and end, and journeys of other days are searched."""
        return self._cached(frozenset(impaired.items()))

    def with_alerts(self, timetables: Timetables, stations: StationState) -> Timetables:
        """The timetables with what alerts report now; the same if that is no other."""
        before = timetables.stations
        if before == stations:
            return timetables
        if before.impaired == stations.impaired:
            return replace(timetables, stations=stations)
        on_foot, by_wheelchair = self.walking(stations.impaired)
        return replace(timetables, on_foot=on_foot, by_wheelchair=by_wheelchair, stations=stations)

    def _find_walking(
        self, impaired: frozenset[tuple[FeedId, Impaired]]
    ) -> tuple[Walking, Walking]:
        on_foot, by_wheelchair = self._streets
        one = self._walking(on_foot, dict(impaired), wheelchair=False)
        described = any(feed.pathways.graphs for feed in self._feeds)
        if by_wheelchair is on_foot and not described:
            return one, one
        return one, self._walking(by_wheelchair, dict(impaired), wheelchair=True)

    def _walking(
        self, streets: WalkingWays, impaired: ImpairedFeeds, *, wheelchair: bool
    ) -> Walking:
        stations = NetworkStations(self._network, self._feeds, impaired, wheelchair=wheelchair)
        rules = WalkingRules(longest=LONGEST_CHANGE)
        walks = self._walks[id(streets)]
        footpaths = build_footpaths(self._network, rules, walks, stations.inside)
        return Walking(Ways.of(footpaths), StationWalking(self._network, streets, stations))
