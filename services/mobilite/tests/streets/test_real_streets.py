"""Porto Alegre's streets: every search against SciPy's Dijkstra, and the shapes."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import numpy as np
import pytest
from random_streets import matrix_of
from scipy.sparse.csgraph import dijkstra

from mobilite.geo.domain.distances import distances
from mobilite.journeys.domain.footpaths import WalkingPath
from mobilite.streets.adapters.osm_extract import read_extract
from mobilite.streets.domain.build import bounds_of, build_graph
from mobilite.streets.domain.graph import StreetGraph
from mobilite.streets.domain.grid import snap
from mobilite.streets.domain.streets import Streets

ORIGINS = 40


@pytest.fixture(scope="module")
def graph(real_feeds: Path) -> StreetGraph:
    return build_graph(read_extract(real_feeds / "poa_osm.pbf"))


@pytest.fixture(scope="module")
def places(graph: StreetGraph) -> list[tuple[float, float]]:
    """Random places near a street."""
    west, south, east, north = bounds_of(graph)
    random, found = Random(3), []
    while len(found) < ORIGINS:
        place = random.uniform(south, north), random.uniform(west, east)
        if snap(graph, *place).edge >= 0:
            found.append(place)
    return found


def path_of(streets: Streets, start: tuple[float, float], end: tuple[float, float]) -> WalkingPath:
    path = streets.path(start, end)
    assert path is not None
    return path


def test_the_extract_is_one_connected_graph(graph: StreetGraph) -> None:
    assert len(graph.half_first) - 1 > 15_000
    west, south, east, north = bounds_of(graph)
    assert -51.3 < west < east < -51.1
    assert -30.2 < south < north < -29.9
    assert (dijkstra(matrix_of(graph), indices=0) < np.inf).all()


def test_ways_are_dijkstras_in_both_directions_and_their_shapes_as_long(
    graph: StreetGraph, places: list[tuple[float, float]]
) -> None:
    lat, lon = np.array(places).T
    streets = Streets(graph, np.arange(ORIGINS, dtype=np.int32), lat, lon)
    snaps = [snap(graph, *place) for place in places]
    nodes = np.array([(graph.edge_from[each.edge], graph.edge_to[each.edge]) for each in snaps])
    length = [int(graph.point_mm[graph.point_first[each.edge + 1] - 1]) for each in snaps]
    to_nodes = np.array(
        [
            (each.away + each.along, each.away + size - each.along)
            for each, size in zip(snaps, length, strict=True)
        ]
    )
    between = dijkstra(matrix_of(graph), indices=nodes.ravel()).reshape(ORIGINS, 2, -1)
    for one in range(ORIGINS):
        near = {stop: metres for stop, _, metres in streets.stops_near(*places[one], 4_000)}
        for other in range(ORIGINS):
            if snaps[one].edge == snaps[other].edge:
                continue
            ways = between[one][:, nodes[other]] + to_nodes[one][:, None] + to_nodes[other]
            path = path_of(streets, places[one], places[other])
            assert path.metres == -(-round(ways.min()) // 1000)
            assert path.metres == path_of(streets, places[other], places[one]).metres
            assert near.get(other, path.metres) == path.metres
            assert (other in near) == (path.metres <= 4_000)
            shape_lon, shape_lat = np.array(path.shape).T
            pieces = distances(shape_lat[:-1], shape_lon[:-1], shape_lat[1:], shape_lon[1:])
            # Each piece is rounded up by a millimetre at most, the sum by a metre.
            assert path.metres - 1 - len(pieces) / 500 < pieces.sum() < path.metres + 0.01


def test_searches_in_threads_do_not_disturb_each_other(
    graph: StreetGraph, places: list[tuple[float, float]]
) -> None:
    lat, lon = np.array(places).T
    streets = Streets(graph, np.arange(ORIGINS, dtype=np.int32), lat, lon)
    pairs = [(one, other) for one in places[:12] for other in places]
    alone = [(streets.path(*pair), sorted(streets.stops_near(*pair[0], 2_000))) for pair in pairs]
    with ThreadPoolExecutor(4) as pool:
        paths = list(pool.map(lambda pair: streets.path(*pair), pairs))
        stops = list(pool.map(lambda pair: sorted(streets.stops_near(*pair[0], 2_000)), pairs))
    assert list(zip(paths, stops, strict=True)) == alone


def test_no_detour_is_shorter_than_the_way(
    graph: StreetGraph, places: list[tuple[float, float]]
) -> None:
    streets = Streets(graph, np.empty(0, np.int32), np.empty(0), np.empty(0))
    for one, via, other in zip(places, places[1:], places[2:], strict=False):
        legs = [path_of(streets, *pair).metres for pair in ((one, via), (via, other))]
        assert path_of(streets, one, other).metres <= sum(legs)
