"""The course of a way as points: from the origin to the street, along edges, to the destination."""

import numpy as np

from mobilite.journeys.domain.compiled import compiled
from mobilite.streets.domain.graph import E7, StreetGraph
from mobilite.streets.domain.grid import Snap, ends_of
from mobilite.streets.domain.stops import along_edge
from mobilite.timetable.domain.timetable import I32

Point = tuple[float, float]
"""Longitude and latitude in degrees: the order of GeoJSON."""


def course(
    graph: StreetGraph, origin: Snap, destination: Snap, millimetres: int, halves: I32
) -> tuple[Point, ...]:
    """The points of a way that `shortest_way` found, each different from the one before; twice the
    same point if there is no way to go. `halves`: its half edges, last first."""
    if not millimetres:
        return (origin.lon, origin.lat), (destination.lon, destination.lat)
    start, end = _street(origin), _street(destination)
    on_edge = origin.edge == destination.edge and millimetres == along_edge(origin, destination)
    points = [(origin.lon, origin.lat)]
    if on_edge and origin.point == destination.point and origin.side == destination.side != 0:
        # On one side of a straight piece: a corner instead of the street.
        points.append((destination.lon + start[0] - end[0], destination.lat + start[1] - end[1]))
    else:
        rows = (
            _rows_on_edge(origin, destination)
            if on_edge
            else _rows_through_junctions(graph, origin, destination, millimetres, halves)
        )
        lon, lat = graph.point_lon[rows] * E7, graph.point_lat[rows] * E7
        points += [start, *zip(lon.tolist(), lat.tolist(), strict=True), end]
    points.append((destination.lon, destination.lat))
    return tuple(
        point for point, before in zip(points, [None, *points], strict=False) if point != before
    )


def _street(place: Snap) -> Point:
    return place.street_lon, place.street_lat


def _rows_on_edge(origin: Snap, destination: Snap) -> I32:
    """The points of an edge between two places of it."""
    if origin.point <= destination.point:
        return np.arange(origin.point + 1, destination.point + 1, dtype=np.int32)
    return np.arange(origin.point, destination.point, -1, dtype=np.int32)


@compiled
def _rows_through_junctions(
    graph: StreetGraph, origin: Snap, destination: Snap, millimetres: int, halves: I32
) -> I32:
    """The points from the origin's place on its edge to the destination's on its own."""
    size, inner, point_first = 0, 0, graph.point_first
    for half in halves:
        edge = max(graph.half_edge[half], ~graph.half_edge[half])
        size += point_first[edge + 1] - point_first[edge]
        inner += graph.half_mm[half]
    for edge in (origin.edge, destination.edge):
        size += point_first[edge + 1] - point_first[edge]
    rows, count = np.empty(size, np.int32), 0
    first, last = _ends(graph, origin, destination, millimetres - inner, halves)
    start, end = point_first[origin.edge], point_first[origin.edge + 1]
    if first:
        count = _append(rows, count, origin.point, start - 1)
    else:
        count = _append(rows, count, origin.point + 1, end)
    for number in range(len(halves) - 1, -1, -1):
        edge = graph.half_edge[halves[number]]
        if edge >= 0:
            count = _append(rows, count, point_first[edge], point_first[edge + 1])
        else:
            count = _append(rows, count, point_first[~edge + 1] - 1, point_first[~edge] - 1)
    start, end = point_first[destination.edge], point_first[destination.edge + 1]
    if last:
        count = _append(rows, count, start, destination.point + 1)
    else:
        count = _append(rows, count, end - 1, destination.point)
    return rows[:count]


@compiled
def _append(rows: I32, count: int, start: int, end: int) -> int:
    """Append the rows from `start` up or down to `end`, without it. Returns the new count."""
    step = 1 if start < end else -1
    for row in range(start, end, step):
        rows[count] = row
        count += 1
    return count


@compiled
def _ends(
    graph: StreetGraph, origin: Snap, destination: Snap, millimetres: int, halves: I32
) -> tuple[bool, bool]:
    """Whether the way leaves the origin's edge at its first point, and enters the destination's at
    its first point. `millimetres`: outside `halves`."""
    starts, ends = ends_of(graph, origin), ends_of(graph, destination)
    leaves = enters = -1
    if len(halves):
        edge = graph.half_edge[halves[-1]]
        leaves = graph.edge_from[edge] if edge >= 0 else graph.edge_to[~edge]
        enters = graph.half_target[halves[0]]
    for first in range(2):
        for last in range(2):
            (start, before), (end, after) = starts[first], ends[last]
            fits = (start == leaves and end == enters) if len(halves) else start == end
            if fits and before + after == millimetres:
                return first == 0, last == 0
    return True, True  # never: the way starts and ends at an end of both edges
