"""The ways on foot and by wheelchair in one network, computed again when lifts stop or work again.

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
from mobilite.journeys.flows.stations.lift_alerts import (
    LiftAlert,
    LiftState,
    changes_after,
    doubted,
    lift_alerts,
)
from mobilite.journeys.flows.stations.station_pathways import FeedStations, NetworkStations
from mobilite.journeys.flows.stations.station_walking import StationWalking
from mobilite.journeys.ports import WalkingWays

LONGEST_CHANGE: Final = 1000
"""Metres on foot between two rides, at most."""


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

    def lifts(self, live: AlertsState, now: int) -> LiftState:
        """What the alerts of an instant (POSIX seconds) report."""
        found: dict[FeedId, tuple[LiftAlert, ...]] = {}
        for feed in self._feeds:
            feed_id = feed.timetable.feed_id
            if alerts := lift_alerts(feed.pathways, live.alert_index(feed_id)):
                found[feed_id] = alerts
        out = {feed_id: doubted(alerts, now, now + 1) for feed_id, alerts in found.items()}
        edges = (edge for alerts in found.values() for edge in changes_after(alerts, now))
        return LiftState(
            found, {key: rows for key, rows in out.items() if rows}, min(edges, default=None)
        )

    def walking(self, lifts: LiftState) -> tuple[Walking, Walking]:
        """The ways on foot and by wheelchair."""
        on_foot, by_wheelchair = self._streets
        one = self._walking(on_foot, lifts, wheelchair=False)
        described = any(feed.pathways.graphs for feed in self._feeds)
        if by_wheelchair is on_foot and not described:
            return one, one
        return one, self._walking(by_wheelchair, lifts, wheelchair=True)

    def with_lifts(self, timetables: Timetables, lifts: LiftState) -> Timetables:
        """The timetables with what alerts report now; the same if that is no other."""
        before = timetables.lifts
        if before == lifts:
            return timetables
        if before.doubted == lifts.doubted:
            return replace(timetables, lifts=lifts)
        on_foot, by_wheelchair = self.walking(lifts)
        return replace(timetables, on_foot=on_foot, by_wheelchair=by_wheelchair, lifts=lifts)

    def _walking(self, streets: WalkingWays, lifts: LiftState, *, wheelchair: bool) -> Walking:
        stations = NetworkStations(self._network, self._feeds, lifts.doubted, wheelchair=wheelchair)
        rules = WalkingRules(longest=LONGEST_CHANGE)
        walks = self._walks[id(streets)]
        footpaths = build_footpaths(self._network, rules, walks, stations.inside)
        return Walking(Ways.of(footpaths), StationWalking(self._network, streets, stations))
