"""What is read of an OpenStreetMap extract: walked ways, and where their nodes are."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mobilite.timetable.domain.timetable import I8, I32, Bool

I64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Extract:
    """The walked ways of an extract. Coordinates are 1e-7 degrees, as in OpenStreetMap."""

    way_first: I32
    """[ways + 1]: CSR → refs."""
    ref: I64
    """The ids of the nodes along each way."""
    way_wheelchair: I8
    """[ways]: UNKNOWN, ACCESSIBLE or INACCESSIBLE."""
    node_id: I64
    """[nodes], ascending, each once. A node of `ref` that the extract does not have is absent."""
    node_lat: I32
    node_lon: I32
    node_barred: Bool
    """Whether nobody passes there on foot."""
