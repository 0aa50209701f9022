"""What punctuality is made of: the counts of one service date of a feed, as a table of numbers that
are added later. By source, route and hour, or stop.

Delays are counted to the second, so that the counts of several dates add up to exact medians and
shares, whatever counts as on time. The departure of a call counts, at the terminus of its run the
arrival. Calls of runs outside the timetable are left out: nobody was promised them.
"""

from datetime import date, datetime
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mobilite.indicators.domain.withdrawn_calls import find_withdrawn
from mobilite.passages.domain.passage import NOT_MADE

Part = Literal["hour", "stop"]
"""What counts are apart by, besides routes. `hour`: the local one of the planned departure."""
PASSAGE_COLUMNS: Final = (
    "route_id",
    "route_type",
    "trip_id",
    "start_time",
    "stop_sequence",
    "last",
    "stop_id",
    "scheduled_arrival",
    "scheduled_departure",
    "state",
    "source",
    "cancelled_known_at",
    "observed_arrival",
    "observed_departure",
)
"""The columns of passages that are read."""
OBSERVED: Final = "observed"
"""Calls observed with that `delay`."""
MISSING: Final = "missing"
"""Calls planned and not cancelled, of which nothing is known."""
RUNS: Final = "runs"
"""Runs planned: by hour, of their first departure; by stop, the calls of runs there. What was
withdrawn is not planned."""
CANCELLED: Final = "cancelled"
"""Those of them cancelled, or that skip a planned call: by stop, that call."""
WITHDRAWN: Final = "withdrawn"
"""Runs with every call withdrawn (`withdrawn_calls.py`); by stop, the calls withdrawn there. Not
among `RUNS`."""
PUNCTUALITY_SCHEMA: Final = pa.schema(
    [
        ("source", pa.string()),
        ("route_id", pa.string()),
        ("route_type", pa.int16()),
        ("part", pa.string()),
        ("measure", pa.string()),
        ("delay", pa.int32()),
        ("count", pa.int64()),
    ]
)


def punctuality_day(passages: pa.Table, zone: ZoneInfo, day: date, part: Part = "hour") -> pa.Table:
    """The counts of a service date. `passages`: of one feed, with `PASSAGE_COLUMNS`."""
    parts = [PUNCTUALITY_SCHEMA.empty_table()]
    for source in pc.unique(passages["source"].cast(pa.string())).to_pylist():
        chosen = pc.equal(passages["source"].cast(pa.string()), source)
        table = passages.filter(pc.and_(chosen, pc.is_valid(passages["scheduled_departure"])))
        if len(table):
            parts.append(_Rows(table, zone, part).counts(source, find_withdrawn(table, zone, day)))
    return pa.concat_tables(parts)


class _Rows:
    """The rows of one source as arrays."""

    def __init__(self, table: pa.Table, zone: ZoneInfo, part: Part) -> None:
        self._table, self._part = table, part
        self._state = np.asarray(table["state"].cast(pa.string()))
        self._trips = _numbered(table["trip_id"])[0]
        routes, self._routes = _numbered(table["route_id"])
        types = table["route_type"].to_numpy().astype(np.int64)
        if part == "hour":
            parts, self._parts = _local_hours(table, zone), [str(hour) for hour in range(24)]
        else:
            parts, self._parts = _numbered(table["stop_id"])
        cells = (((routes << 12) + types + 1) << 31) + parts
        self._cells, self._cell = np.unique(cells, return_inverse=True)
        """The cells that are counted, and the number of that of each row."""

    def counts(self, source: str, withdrawn: Any) -> pa.Table:
        """The counts of all cells. `withdrawn`: whether each call was withdrawn."""
        delays, observed = self._delays(), self._state == "observed"
        timed = observed & ~np.isnan(delays)
        tables = [self._table_of(source, OBSERVED, timed, delays)]
        missing = (self._state == "not_observed") | (observed & ~timed)
        tables.append(self._table_of(source, MISSING, missing))
        for measure, chosen in self._runs(withdrawn).items():
            tables.append(self._table_of(source, measure, chosen))
        return pa.concat_tables(tables)

    def _delays(self) -> Any:
        """Seconds of each row, NaN where it was not observed."""
        table = self._table
        return np.where(
            table["last"].to_numpy(),
            _seconds(table, "observed_arrival") - _seconds(table, "scheduled_arrival"),
            _seconds(table, "observed_departure") - _seconds(table, "scheduled_departure"),
        )

    def _runs(self, withdrawn: Any) -> dict[str, Any]:
        """By measure of runs, the rows that count for it."""
        lost = np.isin(self._state, NOT_MADE) & ~withdrawn
        if self._part == "stop":
            return {RUNS: ~withdrawn, CANCELLED: lost, WITHDRAWN: withdrawn}
        starts = self._table["start_time"].to_numpy().astype(np.int64)
        runs, run = np.unique((self._trips << 20) + starts + 2**18, return_inverse=True)
        planned = (np.bincount(run, ~withdrawn, len(runs)) > 0)[run]
        cancelled = (np.bincount(run, lost, len(runs)) > 0)[run]
        first = self._table["stop_sequence"].to_numpy() == 0
        return {
            RUNS: first & planned,
            CANCELLED: first & cancelled,
            WITHDRAWN: first & ~planned,
        }

    def _table_of(self, source: str, measure: str, chosen: Any, delays: Any = None) -> pa.Table:
        """How many of the chosen rows each cell has, by delay."""
        values = np.zeros(len(self._cell)) if delays is None else delays
        pairs = np.stack((self._cell[chosen], values[chosen].astype(np.int64)))
        found, numbers = np.unique(pairs, axis=1, return_counts=True)
        cells = self._cells[found[0]].tolist()
        rows = len(cells)
        columns = {
            "source": [source] * rows,
            "route_id": [self._routes[cell >> 43] for cell in cells],
            "route_type": [(cell >> 31 & 4095) - 1 for cell in cells],
            "part": [self._parts[cell & (2**31 - 1)] for cell in cells],
            "measure": [measure] * rows,
            "delay": found[1],
            "count": numbers,
        }
        return pa.table(columns, schema=PUNCTUALITY_SCHEMA)


def _local_hours(table: pa.Table, zone: ZoneInfo) -> Any:
    """The local hour of each planned departure."""
    seconds = table["scheduled_departure"].cast(pa.int64()).to_numpy()
    quarters, places = np.unique(seconds // 900, return_inverse=True)
    local = [datetime.fromtimestamp(each * 900, zone).hour for each in quarters.tolist()]
    return np.array(local, np.int64)[places]


def _seconds(table: pa.Table, name: str) -> Any:
    """A column of instants, NaN where there is none."""
    column = table[name].cast(pa.int64()).combine_chunks()
    return column.to_numpy(zero_copy_only=False).astype(np.float64)


def _numbered(column: pa.ChunkedArray) -> tuple[Any, list[str]]:
    """The texts of a column, and for each row the number of its text."""
    encoded = column.cast(pa.string()).combine_chunks().dictionary_encode()
    return encoded.indices.to_numpy().astype(np.int64), encoded.dictionary.to_pylist()
