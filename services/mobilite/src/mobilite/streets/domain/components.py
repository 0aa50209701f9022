"""Connected components of an undirected graph."""

import numpy as np

from mobilite.journeys.domain.compiled import compiled
from mobilite.timetable.domain.timetable import I32


@compiled
def components(nodes: int, source: I32, target: I32) -> I32:
    """[nodes]: the least node that each one is connected with (union-find)."""
    root = np.arange(nodes, dtype=np.int32)
    for edge in range(len(source)):
        one, other = source[edge], target[edge]
        while root[one] != one:
            root[one] = root[root[one]]
            one = root[one]
        while root[other] != other:
            root[other] = root[root[other]]
            other = root[other]
        if one < other:
            root[other] = one
        else:
            root[one] = other
    for node in range(nodes):
        # Roots are lower than their children: the root of a lower node is final.
        root[node] = root[root[node]]
    return root
