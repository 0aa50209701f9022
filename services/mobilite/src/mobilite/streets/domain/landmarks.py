"""Landmarks: junctions whose distances to all others are known.

By the triangle inequality the difference of two distances to a landmark is never more than the
distance between two junctions: A* needs such a bound (ALT).
https://www.microsoft.com/en-us/research/publication/computing-the-shortest-path-a-search-meets-graph-theory/
"""

from typing import Final

import numpy as np

from mobilite.journeys.domain.compiled import compiled
from mobilite.streets.domain.graph import StreetGraph, nodes_of
from mobilite.streets.domain.heap import NODE_BITS, NODE_MASK, drop_first, push
from mobilite.timetable.domain.timetable import I32
from socle.errors import Refusal

LANDMARKS: Final = 8
FAR: Final = 2**31 - 1
"""Millimetres further than any street."""


def landmark_distances(graph: StreetGraph, count: int) -> I32:
    """[nodes, count]: millimetres from each junction to each landmark. A landmark is the junction
    furthest from those chosen before; the first, the one furthest from junction 0. Raises
    Refusal("too_large") if two junctions of the connected graph are 2,147 km from each other."""
    found = np.empty((nodes_of(graph), count), np.int32)
    nearest = distances_from(graph, 0)
    for number in range(count):
        found[:, number] = distances_from(graph, int(nearest.argmax()))
        nearest = found[:, : number + 1].min(axis=1)
    if count and found.max() == FAR:
        raise Refusal("too_large", "L'extrait des rues dépasse 2 147 km.", code="too_large")
    return found


@compiled
def distances_from(graph: StreetGraph, origin: int) -> I32:
    """[nodes]: millimetres from a junction (Dijkstra); FAR if there is no way."""
    half_first, half_target, half_mm = graph.half_first, graph.half_target, graph.half_mm
    lengths = np.full(len(half_first) - 1, FAR, np.int32)
    heap = np.empty(len(half_target) + 2, np.int64)
    lengths[origin] = 0
    size = push(heap, 0, 0, origin)
    while size:
        length, node = heap[0] >> NODE_BITS, heap[0] & NODE_MASK
        size = drop_first(heap, size)
        if length > lengths[node]:
            continue
        for half in range(half_first[node], half_first[node + 1]):
            further, target = length + half_mm[half], half_target[half]
            if further < lengths[target]:
                lengths[target] = further
                size = push(heap, size, further, target)
    return lengths
