"""Every search on random streets, against SciPy's Dijkstra and a reading of the geometry."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from random_streets import PLACE, extracts, matrix_of
from scipy.sparse.csgraph import dijkstra

from mobilite.geo.domain.distances import distances
from mobilite.streets.domain.build import build_graph
from mobilite.streets.domain.extract import Extract
from mobilite.streets.domain.graph import E7, StreetGraph
from mobilite.streets.domain.grid import SNAP_METRES, Snap, snap
from mobilite.streets.domain.landmarks import distances_from
from mobilite.streets.domain.stops import along_edge
from mobilite.streets.domain.streets import Streets
from socle.errors import Refusal
from socle.testing import sized

POINTS = st.lists(st.tuples(PLACE, PLACE), min_size=3, max_size=8)


def graph_of(extract: Extract) -> StreetGraph:
    try:
        return build_graph(extract)
    except Refusal:
        assume(False)
        raise


def shortest(graph: StreetGraph, origin: Snap, destination: Snap, between: np.ndarray) -> int:
    """Millimetres of the shortest way, by the distances between all junctions."""
    found = [along_edge(origin, destination)] if origin.edge == destination.edge else []
    for one, start in ends(graph, origin):
        for other, end in ends(graph, destination):
            found.append(start + int(between[one, other]) + end)
    return min(found)


def ends(graph: StreetGraph, place: Snap) -> list[tuple[int, int]]:
    """Both junctions of a place's edge, and the millimetres to each."""
    length = int(graph.point_mm[graph.point_first[place.edge + 1] - 1])
    return [
        (int(graph.edge_from[place.edge]), place.away + place.along),
        (int(graph.edge_to[place.edge]), place.away + length - place.along),
    ]


def length_of(shape: tuple[tuple[float, float], ...]) -> float:
    lon, lat = np.array(shape).T
    return float(distances(lat[:-1], lon[:-1], lat[1:], lon[1:]).sum())


@pytest.mark.deep
@settings(max_examples=sized(40, deep=500), deadline=None)
@given(extracts(), POINTS)
def test_ways_are_the_shortest_and_their_shapes_as_long(
    extract: Extract, points: list[tuple[int, int]]
) -> None:
    graph = graph_of(extract)
    between = dijkstra(matrix_of(graph), directed=True)
    lat, lon = np.array(points, np.float64).T * E7
    streets = Streets(graph, np.arange(len(points), dtype=np.int32), lat, lon)
    places = [snap(graph, *place) for place in zip(lat.tolist(), lon.tolist(), strict=True)]
    metres: dict[tuple[int, int], int] = {}
    for one, origin in enumerate(places):
        for other, destination in enumerate(places):
            path = streets.path((origin.lat, origin.lon), (destination.lat, destination.lon))
            assert path is not None
            metres[one, other] = path.metres
            assert length_of(path.shape) * (1 if path.on_streets else 1.3) == pytest.approx(
                path.metres, abs=1.1
            )
            if path.on_streets:
                assert path.metres == -(-shortest(graph, origin, destination, between) // 1000)
            else:
                assert origin.edge < 0 or destination.edge < 0
    assert_agreement(streets, lat, lon, metres)


def assert_agreement(
    streets: Streets, lat: np.ndarray, lon: np.ndarray, metres: dict[tuple[int, int], int]
) -> None:
    """All searches find the same lengths, the same in both directions."""
    budget = 900
    near = {pair: length for pair, length in metres.items() if length <= budget}
    source, target, walked = (column.tolist() for column in streets.walks(budget))
    walks = dict(zip(zip(source, target, strict=True), walked, strict=True))
    assert walks == {pair: length for pair, length in near.items() if pair[0] != pair[1]}
    for (one, other), length in metres.items():
        assert metres[other, one] == length
    for stop in range(len(lat)):
        found = streets.stops_near(lat[stop], lon[stop], budget)
        expected = {other: length for (one, other), length in near.items() if one == stop}
        assert {other: length for other, _, length in found} == expected
        assert all(seconds == -(-length * 4 // 5) for _, seconds, length in found)


@pytest.mark.deep
@settings(max_examples=sized(40, deep=300), deadline=None)
@given(extracts(), st.tuples(PLACE, PLACE))
def test_a_point_is_on_the_nearest_street(extract: Extract, point: tuple[int, int]) -> None:
    graph = graph_of(extract)
    lat, lon = point[0] * E7, point[1] * E7
    place = snap(graph, lat, lon)
    start = np.setdiff1d(np.arange(len(graph.point_lat)), graph.point_first[1:] - 1)
    # Each piece as 2,000 points: none is nearer than the place found.
    share = np.linspace(0, 1, 2_000)
    lats, lons = (
        (column[start, None] * (1 - share) + column[start + 1, None] * share).ravel() * E7
        for column in (graph.point_lat, graph.point_lon)
    )
    nearest = float(distances(lat, lon, lats, lons).min())
    if place.edge < 0:
        assert nearest >= SNAP_METRES - 0.1
    else:
        assert place.away / 1000 == pytest.approx(nearest, abs=1.1)
        on_street = distances(lat, lon, np.array([place.street_lat]), np.array([place.street_lon]))
        assert place.away / 1000 == pytest.approx(float(on_street[0]), abs=0.002)


@pytest.mark.deep
@settings(max_examples=sized(40, deep=300), deadline=None)
@given(extracts())
def test_the_graph_is_the_largest_connected_part(extract: Extract) -> None:
    graph = graph_of(extract)
    nodes = len(graph.half_first) - 1
    assert (dijkstra(matrix_of(graph), indices=0) < np.inf).all()
    expected = np.round(dijkstra(matrix_of(graph), indices=nodes - 1)).astype(int)
    assert distances_from(graph, nodes - 1).tolist() == expected.tolist()


@pytest.mark.deep
@settings(max_examples=sized(40, deep=300), deadline=None)
@given(extracts(), POINTS)
def test_no_detour_is_shorter_than_the_way(extract: Extract, points: list[tuple[int, int]]) -> None:
    graph = graph_of(extract)
    places = [(lat * E7, lon * E7) for lat, lon in points]
    assume(all(snap(graph, *place).edge >= 0 for place in places[:3]))
    streets = Streets(graph, np.empty(0, np.int32), np.empty(0), np.empty(0))
    one, via, other = places[:3]
    legs = [streets.path(*pair) for pair in ((one, via), (via, other), (one, other))]
    first, second, direct = (path.metres for path in legs if path)
    assert direct <= first + second
