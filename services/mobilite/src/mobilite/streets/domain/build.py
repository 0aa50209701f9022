"""Builds the street graph of an extract."""

import numpy as np
from numpy.typing import NDArray

from mobilite.streets.domain.components import components
from mobilite.streets.domain.extract import Extract
from mobilite.streets.domain.graph import E7, StreetGraph, nodes_of
from mobilite.streets.domain.grid import pieces_by_cell
from mobilite.streets.domain.landmarks import LANDMARKS, landmark_distances
from mobilite.streets.domain.pieces import Edges, edges_of_ways, ends_in_order
from mobilite.streets.domain.walking_tags import INACCESSIBLE
from mobilite.timetable.domain.timetable import I32
from socle.errors import Refusal


def build_graph(extract: Extract, landmarks: int = LANDMARKS) -> StreetGraph:
    """The graph of the largest connected part of an extract's ways; the rest is left out, as a
    point there would reach nothing. Raises Refusal("invalid") if there are no walked ways."""
    return _graph_of(edges_of_ways(extract), extract.node_lat, extract.node_lon, landmarks)


def accessible(graph: StreetGraph) -> StreetGraph:
    """The graph without steps and without what is marked as closed to wheelchairs. Ways of unknown
    accessibility stay. Raises Refusal("invalid") if nothing is left."""
    edges = Edges(
        graph.edge_from.astype(np.int64),
        graph.edge_to.astype(np.int64),
        graph.edge_wheelchair,
        graph.point_first.astype(np.int64),
        np.arange(len(graph.point_lat)),
        graph.point_mm.astype(np.int64),
    )
    open_edges = edges.take(np.flatnonzero(graph.edge_wheelchair != INACCESSIBLE))
    return _graph_of(open_edges, graph.point_lat, graph.point_lon, graph.landmark_mm.shape[1])


def _graph_of(edges: Edges, lat: I32, lon: I32, landmarks: int) -> StreetGraph:
    """The graph of the largest connected part. `lat`, `lon`: of the points that edges name."""
    edges = _largest(edges)
    if not len(edges.start):
        raise Refusal(
            "invalid", "L'extrait ne contient aucune voie ouverte aux piétons.", code="no_streets"
        )
    nodes, source, target = ends_in_order(edges)
    length = edges.point_mm[edges.point_first[1:] - 1].astype(np.int32)
    first, half = _half_edges(len(nodes), source, target)
    edge = np.where(half < 0, ~half, half)
    lat, lon = lat[edges.point], lon[edges.point]
    grid, cell_first, cell_point = pieces_by_cell(edges.point_first.astype(np.int32), lat, lon)
    graph = StreetGraph(
        half_first=first,
        half_target=np.where(half < 0, source[edge], target[edge]),
        half_edge=half,
        half_mm=length[edge],
        edge_from=source,
        edge_to=target,
        edge_wheelchair=edges.wheelchair,
        point_first=edges.point_first.astype(np.int32),
        point_lat=lat,
        point_lon=lon,
        point_mm=edges.point_mm.astype(np.int32),
        landmark_mm=np.empty((len(nodes), 0), np.int32),
        grid=grid,
        cell_first=cell_first,
        cell_point=cell_point,
    )
    return read_only(graph._replace(landmark_mm=landmark_distances(read_only(graph), landmarks)))


def read_only(graph: StreetGraph) -> StreetGraph:
    """The graph with arrays that cannot be written, as those of a mapped file: compiled functions
    are compiled for one of both."""
    for array in graph:
        array.setflags(write=False)
    return graph


def bounds_of(graph: StreetGraph) -> tuple[float, float, float, float]:
    """West, south, east, north of the streets, in degrees."""
    lat, lon = graph.point_lat, graph.point_lon
    west, south, east, north = (
        float(side) * E7 for side in (lon.min(), lat.min(), lon.max(), lat.max())
    )
    return west, south, east, north


def size_of(graph: StreetGraph) -> str:
    """The size of a graph, for logs."""
    return f"{nodes_of(graph):,} junctions, {len(graph.edge_from):,} edges"


def _largest(edges: Edges) -> Edges:
    """The edges of the connected part with the most of them."""
    nodes, source, target = ends_in_order(edges)
    part = components(len(nodes), source, target)[source]
    if not len(part):
        return edges
    wanted = part == np.bincount(part).argmax()
    return edges.take(np.flatnonzero(wanted))


def _half_edges(nodes: int, source: I32, target: I32) -> tuple[I32, I32]:
    """CSR of the half edges that leave each node: the edge, or ~edge from its end."""
    numbers = np.arange(len(source), dtype=np.int32)
    leaving = np.concatenate([source, target])
    half: NDArray[np.int32] = np.concatenate([numbers, ~numbers])
    order = np.argsort(leaving, kind="stable")
    first = np.concatenate([[0], np.cumsum(np.bincount(leaving, minlength=nodes))])
    return first.astype(np.int32), half[order]
