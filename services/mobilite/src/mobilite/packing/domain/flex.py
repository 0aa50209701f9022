"""Demand-responsive trips (GTFS-Flex): rows of stop_times.txt that name a zone or a location
group, or have a window instead of times.

They are stored as published. A trip with two calls at fixed times is packed as such too; its other
rows are stored here.
https://gtfs.org/documentation/schedule/reference/#stop_timestxt
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mobilite.gtfs.domain.clock_times import parse_times
from mobilite.packing.domain.places import Places
from mobilite.packing.domain.report import Report
from mobilite.packing.domain.tables import EMPTY, Table, rows_of
from mobilite.timetable.domain.timetable import I32, Bool

ZONE_COLUMNS = frozenset({"location_id", "location_group_id"})
WINDOW = ("start_pickup_drop_off_window", "end_pickup_drop_off_window")
MIN_ROWS = 2
"""A trip inside one zone has two rows with it."""
FILE = "stop_times.txt"


@dataclass(frozen=True, slots=True)
class FlexTrips:
    """The demand-responsive trips of a feed."""

    trips: I32
    """The rows of those that have no calls at fixed times."""
    table: Table
    """Their rows of trips.txt."""
    stop_times: Table
    """Their rows of stop_times.txt, and the demand-responsive rows of other trips, by trip and
    stop_sequence."""


NO_FLEX = FlexTrips(np.empty(0, dtype=np.int32), EMPTY, EMPTY)


def is_flex(stop_times: Table) -> Bool:
    """bool[rows]: which rows name a zone or a location group, or have a window."""
    found = np.zeros(stop_times.rows, dtype=np.bool_)
    for column in (*ZONE_COLUMNS, *WINDOW):
        if stop_times.has(column):
            found |= _given(stop_times.texts(column))
    return found


def pack_flex(
    tables: Mapping[str, Table],
    flex: Bool,
    *,
    trip_ids: list[str],
    fixed: Bool,
    places: Places,
    report: Report,
) -> FlexTrips:
    """The demand-responsive trips among those of `trip_ids`.

    `flex`: of `is_flex`. `fixed`: bool[trips], which have calls at fixed times. Rows of unknown
    trips or places, or without a usable window or stop_sequence, are dropped and reported.
    """
    if not flex.any():
        return NO_FLEX
    table = tables["stop_times"]
    texts = table.texts("trip_id")
    trip = rows_of(texts, {text: row for row, text in enumerate(trip_ids)})
    report.add_rows(FILE, "unknown_trip", flex & (trip < 0), texts)
    wanted = (trip >= 0) & (flex | ~_at(fixed, trip)) & _at(_owners(trip[flex], trip_ids), trip)
    usable = _is_usable(table, tables, flex, wanted, places, report)
    table, trip, flex = table.take(usable), trip[usable], flex[usable]
    sequence = table.integers("stop_sequence", -1)
    order = np.lexsort((sequence, trip))
    again = np.zeros(len(order), dtype=np.bool_)
    again[1:] = (np.diff(trip[order]) == 0) & (np.diff(sequence[order]) == 0)
    report.add(FILE, "duplicate_call", int(again.sum()))
    order = order[~again]

    rows = np.bincount(trip[order], minlength=len(trip_ids))
    served = _owners(trip[flex], trip_ids) & (fixed | (rows >= MIN_ROWS))
    order = order[served[trip[order]]]
    only = np.flatnonzero(served & ~fixed).astype(np.int32)
    return FlexTrips(
        only, _first_rows(tables["trips"], [trip_ids[row] for row in only]), table.in_order(order)
    )


def _is_usable(
    table: Table,
    tables: Mapping[str, Table],
    flex: Bool,
    wanted: Bool,
    places: Places,
    report: Report,
) -> Bool:
    """Which of the `wanted` rows have a known place, a stop_sequence, and a window if `flex`."""
    known = np.zeros(table.rows, dtype=np.bool_)
    for column, ids in (
        ("stop_id", places.ids),
        ("location_id", tables.get("locations", EMPTY).texts("location_id")),
        ("location_group_id", tables.get("location_groups", EMPTY).texts("location_group_id")),
    ):
        known |= rows_of(table.texts(column), {text: row for row, text in enumerate(ids)}) >= 0
    names = table.texts("trip_id")
    report.add_rows(FILE, "unknown_location", wanted & ~known, names)
    start, end = (parse_times(table.texts(column)) for column in WINDOW)
    open_ = ~flex | ((start >= 0) & (end > start))
    report.add_rows(FILE, "wrong_window", wanted & ~open_, names)
    sequenced = table.integers("stop_sequence", -1) >= 0
    report.add_rows(FILE, "wrong_sequence", wanted & ~sequenced, names)
    return wanted & known & open_ & sequenced


def _first_rows(trips: Table, ids: list[str]) -> Table:
    """The first row of each of these trips."""
    first = {text: row for row, text in reversed([*enumerate(trips.texts("trip_id"))])}
    return trips.in_order(np.array([first[text] for text in ids], dtype=np.int64))


def _owners(trip: I32, trip_ids: list[str]) -> Bool:
    """bool[trips]: which trips are among these rows (-1 is none)."""
    found = np.zeros(len(trip_ids), dtype=np.bool_)
    found[trip[trip >= 0]] = True
    return found


def _at(values: Bool, rows: I32) -> Bool:
    """bool[n]: the value of each row, False for -1."""
    if not len(values):
        return np.zeros(len(rows), dtype=np.bool_)
    return np.where(rows >= 0, values[rows], np.False_)


def _given(texts: list[str]) -> Bool:
    return np.fromiter((bool(text) for text in texts), np.bool_, len(texts))
