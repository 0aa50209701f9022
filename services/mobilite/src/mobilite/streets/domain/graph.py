"""The street graph: junctions, the edges between them, and a grid to find an edge.

An edge is walked in both directions. Its points are where it bends. Lengths are whole millimetres,
rounded up for each straight piece: sums are exact, in whatever order they are made, and never less
than the distance on the ground.
"""

from typing import Final, NamedTuple

from mobilite.timetable.domain.timetable import I8, I32

E7: Final = 1e-7
"""Degrees of one unit of a coordinate."""


class StreetGraph(NamedTuple):
    """The streets of an extract as flat arrays, read-only. Coordinates are 1e-7 degrees."""

    half_first: I32
    """[nodes + 1]: CSR → half edges, those that leave each junction, a node."""
    half_target: I32
    """→ nodes."""
    half_edge: I32
    """The edge number; ~edge if it is walked from its last point to its first."""
    half_mm: I32
    """Millimetres to the target."""
    edge_from: I32
    """[edges] → nodes."""
    edge_to: I32
    edge_wheelchair: I8
    """[edges]: UNKNOWN, ACCESSIBLE or INACCESSIBLE."""
    point_first: I32
    """[edges + 1]: CSR → points, both junctions included."""
    point_lat: I32
    point_lon: I32
    point_mm: I32
    """Millimetres from the edge's first point."""
    landmark_mm: I32
    """[nodes, landmarks]: millimetres between each junction and each landmark."""
    grid: I32
    """Six numbers: the southern and western border, the height and width of a cell, rows,
    columns."""
    cell_first: I32
    """[rows × columns + 1]: CSR → straight pieces that touch the cell's box."""
    cell_point: I32
    """→ points: the first point of the piece."""


def nodes_of(graph: StreetGraph) -> int:
    """The number of junctions."""
    return len(graph.half_first) - 1
