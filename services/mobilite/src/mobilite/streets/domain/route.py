"""Searches on the street graph, in millimetres: the stops near a point, the way between two points.

Walks of equal length are equal in both directions and in both searches, as all lengths are whole
numbers. The labels of a search are cleared by it: only what it touched.
"""

from typing import NamedTuple

import numpy as np

from mobilite.journeys.domain.compiled import compiled
from mobilite.streets.domain.extract import I64
from mobilite.streets.domain.graph import StreetGraph, nodes_of
from mobilite.streets.domain.grid import Snap, ends_of
from mobilite.streets.domain.heap import NODE_BITS, NODE_MASK, drop_first, push
from mobilite.streets.domain.landmarks import FAR
from mobilite.streets.domain.stops import StreetStops, along_edge, snap_of
from mobilite.timetable.domain.timetable import I32


class Labels(NamedTuple):
    """The memory of one search at a time."""

    length: I32
    """[nodes]: millimetres from the origin; FAR between two searches."""
    parent: I32
    """[nodes]: the half edge that leads there; -1 from the origin."""
    touched: I32
    """The nodes to clear."""
    heap: I64
    bound: I64
    """[landmarks]: millimetres between the destination and each landmark."""
    stop_length: I32
    """[stops]: as `length`."""
    stop_found: I32


def labels_for(graph: StreetGraph, stops: int) -> Labels:
    """Labels for searches on a graph with that many stops."""
    nodes, halves = nodes_of(graph), len(graph.half_target)
    return Labels(
        np.full(nodes, FAR, np.int32),
        np.full(nodes, -1, np.int32),
        np.empty(nodes, np.int32),
        np.empty(halves + 4, np.int64),
        np.empty(graph.landmark_mm.shape[1], np.int64),
        np.full(stops, FAR, np.int32),
        np.empty(stops, np.int32),
    )


@compiled
def stops_within(
    graph: StreetGraph, stops: StreetStops, labels: Labels, origin: Snap, longest: int
) -> tuple[I32, I32]:
    """The stops no further than `longest` millimetres, and the millimetres to each, in no order.
    The origin is on the streets."""
    half_first, half_target, half_mm = graph.half_first, graph.half_target, graph.half_mm
    lengths, heap = labels.length, labels.heap
    stop_length, stop_found = labels.stop_length, labels.stop_found
    node_first, node_stop, node_mm = stops.node_first, stops.node_stop, stops.node_mm
    size, touched = _start(graph, labels, origin)
    found = _stops_of_edge(graph, stops, labels, origin, longest)
    while size:
        length, node = heap[0] >> NODE_BITS, heap[0] & NODE_MASK
        if length > longest:
            break
        size = drop_first(heap, size)
        if length > lengths[node]:
            continue
        for entry in range(node_first[node], node_first[node + 1]):
            stop, total = node_stop[entry], length + node_mm[entry]
            if total <= longest and total < stop_length[stop]:
                if stop_length[stop] == FAR:
                    stop_found[found] = stop
                    found += 1
                stop_length[stop] = total
        for half in range(half_first[node], half_first[node + 1]):
            further, target = length + half_mm[half], half_target[half]
            if further <= longest and further < lengths[target]:
                if lengths[target] == FAR:
                    labels.touched[touched] = target
                    touched += 1
                lengths[target] = further
                size = push(heap, size, further, target)
    near = stop_found[:found].copy()
    total = stop_length[near]
    lengths[labels.touched[:touched]] = FAR
    stop_length[near] = FAR
    return near, total


@compiled
def _stops_of_edge(
    graph: StreetGraph, stops: StreetStops, labels: Labels, origin: Snap, longest: int
) -> int:
    """Label the stops of the origin's own edge along it. Returns how many are near."""
    found, node = 0, graph.edge_from[origin.edge]
    for entry in range(stops.node_first[node], stops.node_first[node + 1]):
        stop = stops.node_stop[entry]
        if stops.edge[stop] == origin.edge:
            length = along_edge(origin, snap_of(stops, stop))
            if length <= longest and length < labels.stop_length[stop]:
                if labels.stop_length[stop] == FAR:
                    labels.stop_found[found] = stop
                    found += 1
                labels.stop_length[stop] = length
    return found


@compiled
def _start(graph: StreetGraph, labels: Labels, origin: Snap) -> tuple[int, int]:
    """Label both ends of the origin's edge. Returns the sizes of the heap and of `touched`."""
    size = touched = 0
    for node, total in ends_of(graph, origin):
        if total < labels.length[node]:
            if labels.length[node] == FAR:
                labels.touched[touched] = node
                touched += 1
            labels.length[node], labels.parent[node] = total, -1
            size = push(labels.heap, size, total, node)
    return size, touched


@compiled
def shortest_way(
    graph: StreetGraph, labels: Labels, origin: Snap, destination: Snap, longest: int
) -> tuple[int, I32]:
    """The millimetres of the shortest way (A* with landmarks), FAR if it is longer than `longest`;
    and its half edges between the edges of both points, last first. Both are on the streets."""
    half_first, half_target, half_mm = graph.half_first, graph.half_target, graph.half_mm
    lengths, heap, parents = labels.length, labels.heap, labels.parent
    best, last = longest + 1, -1
    if origin.edge == destination.edge:
        best = min(best, along_edge(origin, destination))
    (one, to_one), (other, to_other) = ends_of(graph, destination)
    landmarks, bound = graph.landmark_mm, labels.bound
    _set_bound(graph, labels, destination)
    size, touched = _start(graph, labels, origin)
    while size:
        node = heap[0] & NODE_MASK
        if heap[0] >> NODE_BITS >= best:
            break
        size = drop_first(heap, size)
        length = lengths[node]
        if node == one and length + to_one < best:
            best, last = length + to_one, node
        if node == other and length + to_other < best:
            best, last = length + to_other, node
        for half in range(half_first[node], half_first[node + 1]):
            further, target = length + half_mm[half], half_target[half]
            if further >= lengths[target]:
                continue
            least = 0
            for number in range(len(bound)):
                least = max(least, abs(landmarks[target, number] - bound[number]))
            if further + least < best:
                if lengths[target] == FAR:
                    labels.touched[touched] = target
                    touched += 1
                lengths[target], parents[target] = further, half
                size = push(heap, size, further + least, target)
    way = _way(graph, parents, last)
    lengths[labels.touched[:touched]] = FAR
    return (best if best <= longest else FAR), way


@compiled
def _set_bound(graph: StreetGraph, labels: Labels, destination: Snap) -> None:
    """Set the distance between the destination and each landmark."""
    (one, to_one), (other, to_other) = ends_of(graph, destination)
    for number in range(len(labels.bound)):
        labels.bound[number] = min(
            graph.landmark_mm[one, number] + to_one, graph.landmark_mm[other, number] + to_other
        )


@compiled
def _way(graph: StreetGraph, parents: I32, last: int) -> I32:
    """The half edges that lead to a node, last first."""
    count, node = 0, last
    while node >= 0 and parents[node] >= 0:
        count += 1
        node = _source(graph, parents[node])
    way, node = np.empty(count, np.int32), last
    for number in range(count):
        way[number] = parents[node]
        node = _source(graph, parents[node])
    return way


@compiled
def _source(graph: StreetGraph, half: int) -> int:
    """The node that a half edge leaves."""
    edge = graph.half_edge[half]
    return int(graph.edge_from[edge] if edge >= 0 else graph.edge_to[~edge])
