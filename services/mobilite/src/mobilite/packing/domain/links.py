"""transfers.txt, and the small files stored as published for journeys and credits."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mobilite.packing.domain.places import Places
from mobilite.packing.domain.report import Report
from mobilite.packing.domain.tables import EMPTY, Table, rows_of
from mobilite.timetable.domain.timetable import I8, I32, Bool

NARROW = ("from_route_id", "to_route_id", "from_trip_id", "to_trip_id")
"""Transfers that name a route or a trip apply to it only."""
NOTED = ("feed_info", "attributions", "levels", "pathways")


@dataclass(frozen=True, slots=True)
class Transfers:
    """Transfers between stops: https://gtfs.org/documentation/schedule/reference/#transferstxt"""

    origin: I32
    target: I32
    type: I8
    seconds: I32


def pack_transfers(table: Table, places: Places, report: Report) -> Transfers:
    """Read the transfers that apply to any change between two stops."""
    table = table.take(~_narrow(table))
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


def pack_notes(tables: Mapping[str, Table]) -> dict[str, Any]:
    """The rows, as JSON objects without empty values, of rarely used files."""
    notes: dict[str, Any] = {name: _rows(tables[name]) for name in NOTED if name in tables}
    stops = tables["stops"]
    levels = {
        stop: level
        for stop, level in zip(stops.texts("stop_id"), stops.texts("level_id"), strict=True)
        if level
    }
    if levels:
        notes["stop_levels"] = levels
    transfers = tables.get("transfers", EMPTY)
    narrow = _rows(transfers.take(_narrow(transfers)))
    if narrow:
        notes["transfers_by_trip"] = narrow
    return notes


def _narrow(table: Table) -> Bool:
    narrow = np.zeros(table.rows, dtype=np.bool_)
    for name in NARROW:
        narrow |= np.fromiter((bool(text) for text in table.texts(name)), np.bool_, table.rows)
    # In-seat transfers (4, 5) link two trips and may leave the stops out.
    narrow |= np.isin(table.integers("transfer_type", 0), (4, 5))
    return narrow


def _rows(table: Table) -> list[dict[str, Any]]:
    columns = {name: column.tolist() for name, column in table.columns.items()}
    return [
        {
            name: int(value) if isinstance(value, float) and value.is_integer() else value
            for name, column in columns.items()
            if (value := column[i]) != "" and value == value
        }
        for i in range(table.rows)
    ]
