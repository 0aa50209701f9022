"""Random streets as extracts, and the same streets as a matrix for SciPy."""

import numpy as np
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from mobilite.streets.domain.extract import Extract
from mobilite.streets.domain.graph import StreetGraph

SPAN = 150_000
"""Units of 1e-7 degrees along each side of a random town: some 1.6 km."""
PLACE = st.integers(0, SPAN)


@st.composite
def extracts(draw: st.DrawFn) -> Extract:
    """An extract of up to 25 nodes: ways that cross, meet, run in circles or double back; nodes
    that are absent, barred or at one place."""
    count = draw(st.integers(2, 25))
    node = st.integers(1, count + 1)  # the last one is absent
    ways = draw(st.lists(st.lists(node, min_size=2, max_size=7), min_size=1, max_size=18))
    lat, lon = (draw(st.lists(PLACE, min_size=count, max_size=count)) for _ in ("lat", "lon"))
    barred = draw(st.sets(st.integers(0, count - 1), max_size=2))
    return Extract(
        way_first=np.cumsum([0, *(len(way) for way in ways)]).astype(np.int32),
        ref=np.array([each for way in ways for each in way], np.int64),
        way_wheelchair=np.zeros(len(ways), np.int8),
        node_id=np.arange(1, count + 1, dtype=np.int64),
        node_lat=np.array(lat, np.int32),
        node_lon=np.array(lon, np.int32),
        node_barred=np.isin(np.arange(count), list(barred)),
    )


def matrix_of(graph: StreetGraph) -> "csr_matrix[np.float64]":
    """The shortest edge between each two junctions, in millimetres. SciPy takes 0 for no edge: an
    edge without length has a hundredth."""
    nodes = len(graph.half_first) - 1
    source = np.repeat(np.arange(nodes), np.diff(graph.half_first))
    order = np.lexsort((graph.half_mm, graph.half_target, source))
    source, target = source[order], graph.half_target[order]
    length = np.maximum(graph.half_mm[order].astype(float), 0.01)
    first = np.ones(len(order), np.bool_)
    first[1:] = (np.diff(source) != 0) | (np.diff(target) != 0)
    return csr_matrix((length[first], (source[first], target[first])), (nodes, nodes))
