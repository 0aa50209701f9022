"""transfers.txt: the transfers between two stops.

https://gtfs.org/documentation/schedule/reference/#transferstxt
"""

from dataclasses import dataclass

import numpy as np

from mobilite.packing.domain.places import Places
from mobilite.packing.domain.report import Report
from mobilite.packing.domain.tables import Table, rows_of
from mobilite.timetable.domain.timetable import I8, I32, Bool

RESTRICTING_COLUMNS = ("from_route_id", "to_route_id", "from_trip_id", "to_trip_id")
"""A transfer with one of these columns applies to that route or trip only."""


@dataclass(frozen=True, slots=True)
class Transfers:
    """Transfers between stops, by row."""

    origin: I32
    """The row of from_stop_id."""
    target: I32
    """The row of to_stop_id."""
    type: I8
    """transfer_type, 0–3."""
    seconds: I32
    """min_transfer_time; -1 if there is none."""


def pack_transfers(table: Table, places: Places, report: Report) -> Transfers:
    """Read the transfers between two stops that apply to all routes and trips;
    `published_rows` has the others."""
    table = table.take(~is_restricted(table))
    row = {text: i for i, text in enumerate(places.ids)}
    origin = rows_of(table.texts("from_stop_id"), row)
    target = rows_of(table.texts("to_stop_id"), row)
    known = (origin >= 0) & (target >= 0)
    report.add_rows("transfers.txt", "unknown_transfer_stop", ~known, table.texts("from_stop_id"))
    return Transfers(
        origin=origin[known],
        target=target[known],
        type=table.choices("transfer_type", (0, 1, 2, 3), 0)[known],
        seconds=np.maximum(table.integers("min_transfer_time", -1)[known], -1),
    )


def is_restricted(table: Table) -> Bool:
    """bool[rows]: which transfers apply to one route or trip only, or are in-seat transfers."""
    restricted = np.zeros(table.rows, dtype=np.bool_)
    for name in RESTRICTING_COLUMNS:
        restricted |= np.fromiter((bool(text) for text in table.texts(name)), np.bool_, table.rows)
    # In-seat transfers (4, 5) link two trips and can leave the stops out.
    restricted |= np.isin(table.integers("transfer_type", 0), (4, 5))
    return restricted
