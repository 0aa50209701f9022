"""Stops on the streets: the place of each, and the stops that are reached from each junction."""

from typing import NamedTuple

import numpy as np

from mobilite.journeys.domain.compiled import compiled
from mobilite.streets.domain.graph import StreetGraph, nodes_of
from mobilite.streets.domain.grid import Snap, snap
from mobilite.timetable.domain.timetable import F64, I32


class StreetStops(NamedTuple):
    """Stops on the streets as flat arrays. `snap_of` has the meaning of the columns."""

    lat: F64
    """[stops]; so are all down to `side`."""
    lon: F64
    edge: I32
    """-1: the stop is not on the streets."""
    point: I32
    along: I32
    away: I32
    side: I32
    node_first: I32
    """[nodes + 1]: CSR → the entries of the arrays below."""
    node_stop: I32
    """→ stops on an edge that ends at the junction."""
    node_mm: I32
    """Millimetres from the junction to that stop."""


def place_stops(graph: StreetGraph, lat: F64, lon: F64) -> StreetStops:
    """Snap stops to the streets. `lat`, `lon`: degrees; NaN is not on the streets."""
    placed = _snap_all(graph, lat, lon)
    edge, _, along, away, _ = placed
    stop = np.flatnonzero(edge >= 0)
    edge, along, away = edge[stop], along[stop], away[stop]
    length = graph.point_mm[graph.point_first[edge + 1] - 1]
    node = np.concatenate([graph.edge_from[edge], graph.edge_to[edge]])
    metres = np.concatenate([away + along, away + length - along])
    order = np.argsort(node, kind="stable")
    first = np.concatenate([[0], np.cumsum(np.bincount(node, minlength=nodes_of(graph)))])
    columns = first, np.concatenate([stop, stop])[order], metres[order]
    return StreetStops(lat, lon, *placed, *(column.astype(np.int32) for column in columns))


@compiled
def _snap_all(graph: StreetGraph, lat: F64, lon: F64) -> tuple[I32, I32, I32, I32, I32]:
    edge, point = np.full(len(lat), -1, np.int32), np.full(len(lat), -1, np.int32)
    along, away = np.zeros(len(lat), np.int32), np.zeros(len(lat), np.int32)
    side = np.zeros(len(lat), np.int32)
    for stop in range(len(lat)):
        if not np.isnan(lat[stop] + lon[stop]):
            place = snap(graph, lat[stop], lon[stop])
            edge[stop], point[stop] = place.edge, place.point
            along[stop], away[stop], side[stop] = place.along, place.away, place.side
    return edge, point, along, away, side


@compiled
def snap_of(stops: StreetStops, stop: int) -> Snap:
    """A stop's place; without that of the street in degrees."""
    return Snap(
        stops.lat[stop],
        stops.lon[stop],
        int(stops.edge[stop]),
        int(stops.point[stop]),
        int(stops.along[stop]),
        int(stops.away[stop]),
        int(stops.side[stop]),
        np.nan,
        np.nan,
    )


@compiled
def along_edge(origin: Snap, destination: Snap) -> int:
    """Millimetres between two points on one edge, along it.

    On one side of one straight piece, such as the platforms of a bus station, the way does not go
    to the street and back.
    """
    if origin.lat == destination.lat and origin.lon == destination.lon:
        return 0
    between = abs(origin.along - destination.along)
    if origin.point == destination.point and origin.side == destination.side and origin.side:
        return int(between + abs(origin.away - destination.away))
    return int(between + origin.away + destination.away)
