"""frequencies.txt: a frequency-based trip becomes one row per run.

With `exact_times=0` too: its runs then have the times that the headway gives, which are
approximate.
https://gtfs.org/documentation/schedule/reference/#frequenciestxt
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mobilite.gtfs.domain.clock_times import parse_times
from mobilite.packing.domain.calls import Calls
from mobilite.packing.domain.report import Report
from mobilite.packing.domain.tables import Table, csr, rows_of
from mobilite.packing.domain.trips import Trips
from mobilite.timetable.domain.timetable import I32

FILE = "frequencies.txt"
MAX_ROW_RUNS = 20_000
"""Runs of one row of the file; a row with more is dropped."""
MAX_RUNS = 1_000_000
"""Runs of the feed; the row that exceeds it, and all later ones, are dropped."""
MAX_CALLS = 20_000_000
"""Calls of these runs, in the same way: a headway of one second on a long route would give
gigabytes."""


def expand_frequencies(
    table: Table, trips: Trips, calls: Calls, report: Report
) -> tuple[Trips, Calls]:
    """Replace each frequency-based trip with its runs, in order of their starts.

    `calls` are sorted by trip; so is the result. If two rows of the file give a trip a run at the
    same second, it is one run. A trip whose rows are all dropped stays, with its own times.
    """
    ids = table.texts("trip_id")
    trip = rows_of(ids, {text: i for i, text in enumerate(trips.ids)})
    report.add_rows(FILE, "unknown_frequency_trip", trip < 0, ids)
    begin, end = parse_times(table.texts("start_time")), parse_times(table.texts("end_time"))
    headway = table.integers("headway_secs", 0)
    usable = (begin >= 0) & (end > begin) & (headway > 0)
    report.add_rows(FILE, "wrong_frequency", (trip >= 0) & ~usable, ids)
    rows = np.flatnonzero((trip >= 0) & usable)
    if not len(rows):
        return trips, calls

    lengths = np.bincount(calls.trip, minlength=len(trips.ids))
    runs = -(-(end[rows].astype(np.int64) - begin[rows]) // headway[rows])
    # A row that is refused for its own number of runs does not count for the sums.
    counted = np.where(runs <= MAX_ROW_RUNS, runs, 0)
    counted_calls = counted * lengths[trip[rows]]
    fits = (np.cumsum(counted) <= MAX_RUNS) & (np.cumsum(counted_calls) <= MAX_CALLS)
    fits &= runs <= MAX_ROW_RUNS
    report.add(FILE, "too_many_runs", int((~fits).sum()), [ids[i] for i in rows[~fits]])
    rows, runs = rows[fits], runs[fits]

    owner = np.repeat(trip[rows], runs)
    nth = np.arange(len(owner)) - np.repeat(np.cumsum(runs) - runs, runs)
    start = np.repeat(begin[rows], runs) + nth * np.repeat(headway[rows], runs)
    exact = np.repeat(table.choices("exact_times", (0, 1), 0)[rows], runs)
    return _replace(trips, calls, owner, start.astype(np.int32), exact)


def _replace(
    trips: Trips, calls: Calls, owner: I32, start: I32, exact: NDArray[np.int8]
) -> tuple[Trips, Calls]:
    """Replace the trips that have runs by these; the others stay.

    `owner`, `start`, `exact`: for each run the row of its trip, its start in seconds, exact_times.
    """
    plain = np.setdiff1d(np.arange(len(trips.ids), dtype=np.int32), owner)
    pairs, chosen = np.unique(np.stack([owner, start]), axis=1, return_index=True)
    source = np.concatenate([plain, pairs[0]]).astype(np.int32)
    starts = np.concatenate([np.full(len(plain), -1), pairs[1]]).astype(np.int32)
    exacts = np.concatenate([np.full(len(plain), -1), exact[chosen]]).astype(np.int8)
    order = np.lexsort((starts, source))
    source, starts, exacts = source[order], starts[order], exacts[order]
    new_trips = replace(trips.take(source), start=starts, exact_times=exacts)

    first = csr(calls.trip, len(trips.ids))
    lengths = (first[1:] - first[:-1])[source]
    new_trip = np.repeat(np.arange(len(source), dtype=np.int32), lengths)
    within = np.arange(len(new_trip)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    taken = calls.take(np.repeat(first[source], lengths) + within)
    # "Time at which the first vehicle departs from the first stop of the trip".
    leaves = calls.departure[np.minimum(first[source], len(calls.trip) - 1)]
    shift = np.repeat(np.where(starts >= 0, starts - leaves, 0), lengths).astype(np.int32)
    return new_trips, replace(
        taken,
        trip=new_trip,
        arrival=taken.arrival + shift,
        departure=taken.departure + shift,
    )
