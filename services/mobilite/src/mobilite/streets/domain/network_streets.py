"""The streets around the stops of a network."""

from mobilite.journeys.domain.footpaths import WALKING_SPEED, served_stops
from mobilite.journeys.domain.network import JourneyNetwork
from mobilite.streets.domain.build import bounds_of
from mobilite.streets.domain.graph import StreetGraph
from mobilite.streets.domain.streets import Streets


def network_streets(
    graph: StreetGraph, network: JourneyNetwork, speed: float = WALKING_SPEED
) -> Streets:
    """The streets around the stops that trips serve. `speed`: metres a second."""
    served = served_stops(network)
    return Streets(graph, served, network.stop_lat[served], network.stop_lon[served], speed)


def find_warning(streets: Streets, graph: StreetGraph) -> str | None:
    """For an operator: what is wrong with an extract that has no stop of the network; else None."""
    coverage = streets.coverage
    if coverage.on_streets or not coverage.stops:
        return None
    west, south, east, north = bounds_of(graph)
    return (
        f"Aucun des {coverage.stops} arrêts n’est dans l’extrait des rues (de {south:.3f}, "
        f"{west:.3f} à {north:.3f}, {east:.3f}) : distances à vol d’oiseau × 1,3."
    )
