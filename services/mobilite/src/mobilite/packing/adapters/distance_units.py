"""Converts shape_dist_traveled to metres: GTFS does not name its unit.

gtfs-kit detects the unit by comparing shapes with their true length. Loaded in the packing
worker only: importing gtfs-kit takes seconds.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from mobilite.packing.domain.pack import Table
from mobilite.packing.domain.places import usable_place

COLUMN = "shape_dist_traveled"
METRES = {"m": 1.0, "km": 1000.0, "ft": 0.3048, "mi": 1609.344}
"""By gtfs-kit's names of the units."""
SAMPLE_ROWS = 50_000
"""gtfs-kit looks at ten shapes: the first rows are enough, whatever the size of the file."""


def in_metres(tables: Mapping[str, Table]) -> dict[str, Table]:
    """The tables with shape_dist_traveled in metres; unchanged if shapes.txt has no distances,
    from which the unit could be inferred."""
    shapes = tables.get("shapes")
    if shapes is None or not np.isfinite(shapes.numbers(COLUMN)).any():
        return dict(tables)
    from gtfs_kit.shapes import infer_dist_units  # imported only if needed: it takes seconds

    usable = usable_place(shapes.numbers("shape_pt_lat"), shapes.numbers("shape_pt_lon"))
    points = shapes.take(usable).columns
    frame = pd.DataFrame({name: column[:SAMPLE_ROWS] for name, column in points.items()})
    factor = METRES[infer_dist_units(frame)]
    return {
        name: replace(table, columns={**table.columns, COLUMN: table.numbers(COLUMN) * factor})
        if table.has(COLUMN)
        else table
        for name, table in tables.items()
    }
