"""transfers.txt, and the small files that are stored as published."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mobilite.packing.domain.places import Places
from mobilite.packing.domain.report import Report
from mobilite.packing.domain.tables import EMPTY, Table, rows_of
from mobilite.timetable.domain.timetable import I8, I32, Bool

RESTRICTING_COLUMNS = ("from_route_id", "to_route_id", "from_trip_id", "to_trip_id")
"""A transfer with one of these columns applies to that route or trip only."""
NOTE_FILES = ("feed_info", "attributions", "levels", "pathways")
"""The files of which all rows are stored as published."""


@dataclass(frozen=True, slots=True)
class Transfers:
    """Transfers between stops: https://gtfs.org/documentation/schedule/reference/#transferstxt"""

    origin: I32
    """The row of from_stop_id."""
    target: I32
    """The row of to_stop_id."""
    type: I8
    """transfer_type, 0–3."""
    seconds: I32
    """min_transfer_time; -1 if there is none."""


def pack_transfers(table: Table, places: Places, report: Report) -> Transfers:
    """Read the transfers between two stops that apply to all routes and trips; `pack_notes` has the
    others."""
    table = table.take(~_is_restricted(table))
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
    """The rows of files that are read rarely, as JSON objects without empty values
    (`Timetable.notes`)."""
    notes: dict[str, Any] = {name: _rows(tables[name]) for name in NOTE_FILES if name in tables}
    stops = tables["stops"]
    levels = {
        stop: level
        for stop, level in zip(stops.texts("stop_id"), stops.texts("level_id"), strict=True)
        if level
    }
    if levels:
        notes["stop_levels"] = levels
    transfers = tables.get("transfers", EMPTY)
    restricted = _rows(transfers.take(_is_restricted(transfers)))
    if restricted:
        notes["transfers_by_trip"] = restricted
    return notes


def _is_restricted(table: Table) -> Bool:
    """bool[rows]: which transfers apply to one route or trip only, or are in-seat transfers."""
    restricted = np.zeros(table.rows, dtype=np.bool_)
    for name in RESTRICTING_COLUMNS:
        restricted |= np.fromiter((bool(text) for text in table.texts(name)), np.bool_, table.rows)
    # In-seat transfers (4, 5) link two trips and can leave the stops out.
    restricted |= np.isin(table.integers("transfer_type", 0), (4, 5))
    return restricted


def _rows(table: Table) -> list[dict[str, Any]]:
    columns = {name: column.tolist() for name, column in table.columns.items()}
    return [
        {
            name: int(value) if isinstance(value, float) and value.is_integer() else value
            for name, column in columns.items()
            if (value := column[i]) != "" and value == value  # not NaN
        }
        for i in range(table.rows)
    ]
