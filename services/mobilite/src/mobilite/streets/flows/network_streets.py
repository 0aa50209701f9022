"""The streets around the stops of a network."""

import logging

from mobilite.geo.domain.walking import WALKING_SPEED
from mobilite.journeys.domain.network import JourneyNetwork
from mobilite.journeys.domain.stations.inside import street_stops
from mobilite.streets.domain.build import bounds_of
from mobilite.streets.domain.graph import StreetGraph
from mobilite.streets.domain.streets import Streets

log = logging.getLogger(__name__)


def network_streets(
    graph: StreetGraph, network: JourneyNetwork, speed: float = WALKING_SPEED
) -> Streets:
    """The streets around the stops that trips serve. `speed`: metres a second.

    Logs an error if there is none, as with the extract of another country: every distance is then
    straight."""
    served = street_stops(network)
    streets = Streets(graph, served, network.stop_lat[served], network.stop_lon[served], speed)
    coverage = streets.coverage
    if coverage.stops and not coverage.on_streets:
        log.error(
            "none of the %d stops is on the streets of the extract, within %s: every distance is "
            "straight", coverage.stops, bounds_of(graph),
        )  # fmt: skip
    else:
        log.info("%d of %d stops are on the streets", coverage.on_streets, coverage.stops)
    return streets
