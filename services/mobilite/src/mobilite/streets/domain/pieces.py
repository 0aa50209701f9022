"""The straight pieces of walked ways, and the edges that they form between junctions."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mobilite.geo.domain.distances import distances
from mobilite.streets.domain.extract import I64, Extract
from mobilite.streets.domain.graph import E7
from mobilite.timetable.domain.timetable import I8, I32


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Edges between junctions, numbered as in the extract. `start` and `end` are nodes of it."""

    start: I64
    end: I64
    wheelchair: I8
    point_first: I64
    """[edges + 1]: CSR → points, both ends included."""
    point: I64
    """→ nodes of the extract."""
    point_mm: I64
    """Millimetres from the edge's first point."""

    def take(self, wanted: NDArray[np.intp]) -> "Edges":
        """The edges at these indexes, in this order."""
        first, size = self.point_first[wanted], np.diff(self.point_first)[wanted]
        rows = rows_of(first, size)
        return Edges(
            self.start[wanted], self.end[wanted], self.wheelchair[wanted],
            np.concatenate([[0], np.cumsum(size)]), self.point[rows], self.point_mm[rows],
        )  # fmt: skip


def edges_of_ways(extract: Extract) -> Edges:
    """The edges of an extract's ways: each from one junction to the next.

    A junction is where a way ends or where pieces of several ways meet. A piece is left out where
    one of its nodes is absent or barred.
    """
    start, end, way = _pieces(extract)
    begins = _begins(extract, start, end, way)
    edge = np.cumsum(begins) - 1
    first = np.flatnonzero(begins)
    size = np.bincount(edge, minlength=len(first)).astype(np.int64)
    length = _millimetres(extract, start, end)
    before = np.cumsum(length) - length
    along = before - np.repeat(before[first], size) + length
    # Each edge has its start and then the end of each piece.
    point_first = np.concatenate([[0], np.cumsum(size + 1)])
    point, point_mm = np.empty(point_first[-1], np.int64), np.zeros(point_first[-1], np.int64)
    point[point_first[:-1]] = start[first]
    place = np.arange(len(start)) + edge + 1
    point[place], point_mm[place] = end, along
    last = point_first[1:] - 1
    return Edges(
        start[first], point[last], extract.way_wheelchair[way[first]], point_first, point, point_mm
    )


def rows_of(first: NDArray[np.integer], size: NDArray[np.integer]) -> I64:
    """The rows first[i], first[i] + 1, … of each group i, one group after the other."""
    begin = np.cumsum(size) - size
    shift = np.repeat(first - begin, size)
    rows: I64 = (np.arange(len(shift)) + shift).astype(np.int64)
    return rows


def _pieces(extract: Extract) -> tuple[I64, I64, I64]:
    """Both nodes and the way of each piece that is walked, in the order of the ways."""
    ids = extract.node_id
    node = np.minimum(np.searchsorted(ids, extract.ref), max(len(ids) - 1, 0))
    known = ids[node] == extract.ref if len(ids) else np.zeros(len(node), np.bool_)
    if len(ids):
        known &= ~extract.node_barred[node]
    way = np.repeat(np.arange(len(extract.way_first) - 1), np.diff(extract.way_first))
    walked = known[:-1] & known[1:] & (way[:-1] == way[1:])
    start, end = node[:-1][walked], node[1:][walked]
    apart = start != end
    return start[apart].astype(np.int64), end[apart].astype(np.int64), way[:-1][walked][apart]


def _begins(extract: Extract, start: I64, end: I64, way: I64) -> NDArray[np.bool_]:
    """Whether an edge begins with each piece."""
    begins = np.ones(len(start), np.bool_)
    begins[1:] = (way[1:] != way[:-1]) | (start[1:] != end[:-1])
    nodes = len(extract.node_id)
    meeting = np.bincount(start, minlength=nodes) + np.bincount(end, minlength=nodes)
    ending = np.zeros(nodes, np.bool_)
    ending[start[begins]] = True
    ending[end[np.roll(begins, -1)]] = True
    begins |= ending[start] | (meeting[start] != 2)
    return begins


def _millimetres(extract: Extract, start: I64, end: I64) -> I64:
    """The length of each piece, rounded up."""
    lat, lon = (column.astype(np.float64) * E7 for column in (extract.node_lat, extract.node_lon))
    metres = distances(lat[start], lon[start], lat[end], lon[end])
    return np.ceil(metres * 1000).astype(np.int64)


def ends_in_order(edges: Edges) -> tuple[I64, I32, I32]:
    """The nodes at which edges end, ascending, and the indexes among them of both ends."""
    nodes, index = np.unique(np.concatenate([edges.start, edges.end]), return_inverse=True)
    ends = index.reshape(2, -1).astype(np.int32)
    return nodes, ends[0], ends[1]
