"""The pathways of stations in a network, and the ways of travellers along them."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np

from mobilite.journeys.domain.filters import NOT_POSSIBLE
from mobilite.journeys.domain.network import JourneyNetwork
from mobilite.journeys.domain.stations.inside import DescribedStation, Inside, inside_of
from mobilite.journeys.flows.stations.station_alerts import UNIMPAIRED, ImpairedFeeds
from mobilite.pathways.domain.station_graph import FeedPathways, StationGraph, station_graphs
from mobilite.pathways.domain.station_paths import (
    StationPath,
    StationWays,
    Traveller,
    station_path,
    station_ways,
)
from mobilite.timetable.domain.timetable import Timetable

_CACHED: Final = 4096
"""Ways of graphs and paths cached for a feed: alerts give travellers ever other lifts."""


class FeedStations:
    """The stations of one feed. The caches change no result."""

    def __init__(self, timetable: Timetable) -> None:
        self.timetable = timetable
        self.pathways: FeedPathways = station_graphs(timetable)
        without_access = np.flatnonzero(timetable.stop_wheelchair == NOT_POSSIBLE)
        self._without_access = frozenset(without_access.tolist())
        self._ways = lru_cache(_CACHED)(self._find_ways)
        self._station_path = lru_cache(_CACHED)(station_path)

    def described(
        self, first: int, traveller: Traveller, closed: frozenset[int]
    ) -> list[DescribedStation]:
        """The ways of a traveller in each graph. `first`: the number of the feed's first stop;
        `closed`: entrances."""
        return [
            DescribedStation(
                first,
                graph.platforms,
                self._ways_in(graph, traveller, closed),
                self._ways_in(graph),
            )
            for graph in self.pathways.graphs
        ]

    def graph_at(self, stop: int) -> StationGraph | None:
        """The graph of a platform or an entrance (a row)."""
        graph = self.pathways.graph_of.get(stop)
        return None if graph is None else self.pathways.graphs[graph]

    def station_path(self, traveller: Traveller, source: int, target: int) -> StationPath | None:
        """The best way between two platforms or entrances (rows); None if there is none."""
        graph = self.graph_at(source)
        if graph is None or graph is not self.graph_at(target):
            return None
        return self._station_path(graph, _in_graph(graph, traveller), source, target)

    def _ways_in(
        self,
        graph: StationGraph,
        traveller: Traveller | None = None,
        closed: frozenset[int] = frozenset(),
    ) -> StationWays:
        here = closed.intersection(graph.entrances)
        return self._ways(graph, _in_graph(graph, traveller or Traveller()), here)

    def _find_ways(
        self, graph: StationGraph, traveller: Traveller, closed: frozenset[int]
    ) -> StationWays:
        excluded = self._without_access if traveller.wheelchair else frozenset()
        return station_ways(graph, traveller, closed | excluded)


def _in_graph(graph: StationGraph, traveller: Traveller) -> Traveller:
    """The traveller, with the lifts of the graph only, so that others change nothing."""
    return Traveller(traveller.wheelchair, traveller.doubted & graph.every_lift)


class NetworkStations:
    """The stations of all feeds of a network, for one traveller. Immutable."""

    def __init__(
        self,
        network: JourneyNetwork,
        feeds: Sequence[FeedStations],
        impaired: ImpairedFeeds,
        *,
        wheelchair: bool,
    ) -> None:
        """`feeds`: in the order of the network. `impaired`: what alerts report."""
        self._network, self.feeds = network, feeds
        states = [impaired.get(each.timetable.feed_id, UNIMPAIRED) for each in feeds]
        self._travellers = [Traveller(wheelchair, each.lifts) for each in states]
        described = [
            station
            for each, first, traveller, state in zip(
                feeds, network.stop_first.tolist(), self._travellers, states, strict=False
            )
            for station in each.described(first, traveller, state.entrances)
        ]
        self.inside: Inside = inside_of(network, described, strict=wheelchair)

    def row_of(self, stop: int) -> tuple[int, int]:
        """The index of the feed of a stop, and its row there."""
        feed = self._network.feed_of_stop(stop)
        return feed, stop - int(self._network.stop_first[feed])

    def station_path(self, source: int, target: int) -> StationPath | None:
        """The best way between two platforms or entrances, by their numbers."""
        (feed, start), (other, end) = self.row_of(source), self.row_of(target)
        if feed != other:
            return None
        return self.feeds[feed].station_path(self._travellers[feed], start, end)
