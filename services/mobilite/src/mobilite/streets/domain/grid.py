"""A grid over the streets: finds the street nearest to a point.

A point is projected on every straight piece of the cells around it, ring by ring, until no cell
further away can have a nearer one.
"""

from typing import Final, NamedTuple

import numpy as np

from mobilite.geo.domain.distances import EARTH_RADIUS
from mobilite.journeys.domain.compiled import compiled, inlined
from mobilite.streets.domain.graph import E7, StreetGraph
from mobilite.streets.domain.pieces import rows_of
from mobilite.timetable.domain.timetable import I32

CELL_METRES: Final = 100.0
"""The least height and width of a cell."""
CELLS: Final = 4_000_000
"""A grid has no more cells: in a large extract they are larger."""
SNAP_METRES: Final = 300.0
"""A point further from every street is not on the streets."""
_METRES: Final = float(np.radians(E7) * EARTH_RADIUS)
"""Metres of one unit of latitude."""


class Snap(NamedTuple):
    """A point, and the place of the streets nearest to it."""

    lat: float
    """Of the point, in degrees."""
    lon: float
    edge: int
    """-1 if no street is near: the other fields are then meaningless."""
    point: int
    """The first point of the straight piece."""
    along: int
    """Millimetres from the edge's first point."""
    away: int
    """Millimetres between the point and the street."""
    side: int
    """1 left of the piece, -1 right of it; 0 if the nearest place is an end of the piece."""
    street_lat: float
    """Of the place on the street, in degrees."""
    street_lon: float


def pieces_by_cell(point_first: I32, lat: I32, lon: I32) -> tuple[I32, I32, I32]:
    """`grid`, `cell_first` and `cell_point` of a graph (`StreetGraph`). Each piece is in every cell
    of the box around it."""
    last = np.zeros(len(lat), np.bool_)
    last[point_first[1:] - 1] = True
    piece = np.flatnonzero(~last)
    south, west = int(lat.min()), int(lon.min())
    tall, wide = int(lat.max()) - south + 1, int(lon.max()) - west + 1
    # As wide as high where the circles of latitude are the shortest.
    narrow = max(float(np.cos(np.radians(np.abs(lat).max() * E7))), 0.01)
    height = CELL_METRES / _METRES
    height = int(max(height, np.sqrt(tall * wide * narrow / CELLS))) + 1
    width = int(height / narrow) + 1
    rows, columns = tall // height + 1, wide // width + 1
    row, column = (lat.astype(np.int64) - south) // height, (lon.astype(np.int64) - west) // width
    low_row, low_column = (np.minimum(c[piece], c[piece + 1]) for c in (row, column))
    high = np.abs(row[piece + 1] - row[piece]) + 1
    broad = np.abs(column[piece + 1] - column[piece]) + 1
    within = rows_of(np.zeros(len(piece), np.int64), high * broad)
    owner = np.repeat(np.arange(len(piece)), high * broad)
    cell = (low_row[owner] + within // broad[owner]) * columns
    cell += low_column[owner] + within % broad[owner]
    order = np.argsort(cell, kind="stable")
    first = np.concatenate([[0], np.cumsum(np.bincount(cell, minlength=rows * columns))])
    grid = np.array([south, west, height, width, rows, columns], np.int32)
    return grid, first.astype(np.int32), piece[owner][order].astype(np.int32)


@compiled
def snap(graph: StreetGraph, lat: float, lon: float) -> Snap:
    """The place of the streets nearest to a point, within SNAP_METRES. `lat`, `lon`: degrees."""
    south, west, height, width, rows, columns = graph.grid
    here_lat, here_lon = lat / E7, lon / E7
    beyond = SNAP_METRES / _METRES
    # At a pole, where circles of latitude have no length, the rings would not end.
    if not south - beyond <= here_lat <= south + rows * height + beyond:
        return _off_streets(lat, lon)
    across = _METRES * np.cos(np.radians(lat))
    row = int(np.floor((here_lat - south) / height))
    column = int(np.floor((here_lon - west) / width))
    cell_metres = min(height * _METRES, width * across)
    best, found, share, side = SNAP_METRES * SNAP_METRES, -1, 0.0, 0
    ring = 0
    while (ring - 1) * cell_metres < np.sqrt(best):
        for near_row in range(max(row - ring, 0), min(row + ring, rows - 1) + 1):
            inner = abs(near_row - row) < ring
            step = 2 * ring if inner else 1
            for near_column in range(column - ring, column + ring + 1, step):
                if near_column < 0 or near_column >= columns:
                    continue
                cell = near_row * columns + near_column
                for entry in range(graph.cell_first[cell], graph.cell_first[cell + 1]):
                    point = graph.cell_point[entry]
                    square, place, hand = project(
                        (graph.point_lon[point] - here_lon) * across,
                        (graph.point_lat[point] - here_lat) * _METRES,
                        (graph.point_lon[point + 1] - here_lon) * across,
                        (graph.point_lat[point + 1] - here_lat) * _METRES,
                    )
                    if square < best:
                        best, found, share, side = square, point, place, hand
        ring += 1
    if found < 0:
        return _off_streets(lat, lon)
    return _snapped(graph, lat, lon, found, share, side)


@compiled
def _off_streets(lat: float, lon: float) -> Snap:
    return Snap(lat, lon, -1, -1, 0, 0, 0, np.nan, np.nan)


@inlined
def project(x: float, y: float, end_x: float, end_y: float) -> tuple[float, float, int]:
    """The square of the distance from 0, 0 to a piece, the share of the piece before the nearest
    place, and the side (`Snap.side`)."""
    run, rise = end_x - x, end_y - y
    square = run * run + rise * rise
    share = -(x * run + y * rise) / square if square > 0 else 0.0
    side = 0
    if share <= 0:
        share = 0.0
    elif share >= 1:
        share = 1.0
    else:
        side = 1 if rise * x >= run * y else -1
    near_x, near_y = x + share * run, y + share * rise
    return near_x * near_x + near_y * near_y, share, side


@compiled
def _snapped(
    graph: StreetGraph, lat: float, lon: float, point: int, share: float, side: int
) -> Snap:
    edge = int(np.searchsorted(graph.point_first, point, side="right")) - 1
    length = graph.point_mm[point + 1] - graph.point_mm[point]
    along = graph.point_mm[point] + round(share * length)
    street_lat = graph.point_lat[point] * (1 - share) + graph.point_lat[point + 1] * share
    street_lon = graph.point_lon[point] * (1 - share) + graph.point_lon[point + 1] * share
    away = int(np.ceil(metres_between(lat, lon, street_lat * E7, street_lon * E7) * 1000))
    return Snap(lat, lon, edge, point, along, away, side, street_lat * E7, street_lon * E7)


@compiled
def ends_of(graph: StreetGraph, place: Snap) -> tuple[tuple[int, int], tuple[int, int]]:
    """The junctions at the first and the last point of a place's edge, with the millimetres from
    the point to each."""
    edge = place.edge
    length = graph.point_mm[graph.point_first[edge + 1] - 1]
    return (
        (int(graph.edge_from[edge]), int(place.away + place.along)),
        (int(graph.edge_to[edge]), int(place.away + length - place.along)),
    )


@compiled
def metres_between(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """The great-circle distance (haversine formula) in metres. All in degrees."""
    across = np.sin(np.radians(other_lat - lat) / 2) ** 2
    along = np.sin(np.radians(other_lon - lon) / 2) ** 2
    chord = across + np.cos(np.radians(lat)) * np.cos(np.radians(other_lat)) * along
    return float(2 * EARTH_RADIUS * np.arcsin(np.sqrt(min(chord, 1.0))))
