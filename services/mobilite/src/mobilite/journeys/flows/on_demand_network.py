"""The demand-responsive trips of a network, and the stops that they serve."""

import numpy as np

from mobilite.journeys.domain.network import JourneyNetwork
from mobilite.on_demand.domain.trips import OnDemandTrips
from mobilite.on_demand.domain.zones import Zone
from mobilite.timetable.domain.timetable import I32


class OnDemandNetwork:
    """Immutable. Computed once per network."""

    def __init__(self, network: JourneyNetwork, served: I32) -> None:
        """`served`: the stops of the network at which trips with a timetable call."""
        read = [(index, OnDemandTrips(feed)) for index, feed in enumerate(network.feeds)]
        self.feeds = {index: trips for index, trips in read if trips.rides}
        """By the index of the feed, those that have such trips."""
        self.incomplete = [trips.timetable.feed_id for _, trips in read if trips.is_incomplete]
        """The feeds of which something is left out, since they have too much."""
        lat, lon = network.stop_lat[served], network.stop_lon[served]
        self.served = frozenset(served.tolist()) if self.feeds else frozenset[int]()
        self._in_zone = {
            zone: served[np.flatnonzero(zone.contains_all(lat, lon))] for zone in self._zones()
        }

    def stops_in(self, zone: Zone) -> I32:
        """The stops in a zone at which trips with a timetable call."""
        return self._in_zone[zone]

    def _zones(self) -> set[Zone]:
        return {
            area for feed in self.feeds.values() for area in feed.areas if isinstance(area, Zone)
        }
