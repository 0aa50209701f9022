"""shapes.txt: the shapes of trips, as points in order.

https://gtfs.org/documentation/schedule/reference/#shapestxt
"""

from dataclasses import dataclass

import numpy as np

from mobilite.packing.domain.places import usable_place
from mobilite.packing.domain.report import Report
from mobilite.packing.domain.tables import Table, csr
from mobilite.timetable.domain.timetable import F32, I32


@dataclass(frozen=True, slots=True)
class Shapes:
    """Shapes by row, and their points sorted by shape_pt_sequence."""

    ids: list[str]
    first: I32
    """CSR index: the points of shape i are `first[i]:first[i + 1]`."""
    lat: F32
    """Degrees, one per point."""
    lon: F32
    """Degrees, one per point."""
    distance: F32
    """shape_dist_traveled, one per point; NaN where absent."""


def pack_shapes(table: Table, report: Report) -> Shapes:
    """Read the shapes; points off the globe, or without a shape_pt_sequence, are dropped. float32
    degrees are precise to a metre."""
    lat, lon = table.numbers("shape_pt_lat"), table.numbers("shape_pt_lon")
    sequence = table.numbers("shape_pt_sequence")
    retained = usable_place(lat, lon) & np.isfinite(sequence)
    report.add_rows("shapes.txt", "wrong_shape_point", ~retained, table.texts("shape_id"))
    table, lat, lon, sequence = (
        table.take(retained),
        lat[retained],
        lon[retained],
        sequence[retained],
    )
    ids: dict[str, int] = {}
    shape = np.fromiter(
        (ids.setdefault(text, len(ids)) for text in table.texts("shape_id")), np.int32, table.rows
    )
    order = np.lexsort((sequence, shape))
    return Shapes(
        ids=list(ids),
        first=csr(shape, len(ids)),
        lat=lat[order].astype(np.float32),
        lon=lon[order].astype(np.float32),
        distance=table.numbers("shape_dist_traveled")[order].astype(np.float32),
    )
