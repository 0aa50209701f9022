"""The accuracy of predictions of one service date of a feed, as a table of counts that are added
later: how often each error occurred, by source, line and horizon.

The rows of the horizon 0 count the calls that were planned, and neither cancelled nor skipped: what
the coverage of each horizon is of.
"""

from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mobilite.indicators.domain.accuracy import HORIZONS, UNKNOWN, Integers, count_errors

_FORECASTS: Final = tuple(f"forecast_{minutes}" for minutes in HORIZONS)
PASSAGE_COLUMNS: Final = (
    "route_id",
    "stop_sequence",
    "state",
    "source",
    "observed_arrival",
    "observed_departure",
    *_FORECASTS,
)
"""The columns of passages that are read."""
PLANNED: Final = 0
"""The horizon of the rows that count planned calls."""
ACCURACY_SCHEMA: Final = pa.schema(
    [
        ("route_id", pa.string()),
        ("source", pa.string()),
        ("horizon", pa.int16()),
        ("error", pa.int32()),
        ("calls", pa.int64()),
    ]
)


def accuracy_day(passages: pa.Table, zone: ZoneInfo, day: date) -> pa.Table:
    """The counts of a service date. `passages`: of one feed, with `PASSAGE_COLUMNS`. `zone`,
    `day`: needed by no count."""
    sources = pc.unique(passages["source"].cast(pa.string())).to_pylist()
    parts = [
        _of_source(passages.filter(pc.equal(passages["source"].cast(pa.string()), each)), each)
        for each in sources
    ]
    return pa.concat_tables([ACCURACY_SCHEMA.empty_table(), *parts])


def _of_source(passages: pa.Table, source: str) -> pa.Table:
    encoded = passages["route_id"].cast(pa.string()).combine_chunks().dictionary_encode()
    routes = encoded.dictionary.to_pylist()
    route = encoded.indices.to_numpy().astype(np.int64)
    state = passages["state"].cast(pa.string())
    planned = pc.is_in(state, pa.array(["observed", "not_observed"])).to_numpy()
    first = passages["stop_sequence"].to_numpy() == 0
    arrival, departure = (
        _seconds(passages[name]) for name in ("observed_arrival", "observed_departure")
    )
    seen = pc.equal(state, "observed").to_numpy()
    observed = np.where(seen, np.where(first, departure, arrival), UNKNOWN)
    forecasts = np.stack([_seconds(passages[name]) for name in _FORECASTS], axis=1)
    counts = count_errors(route, observed, forecasts)
    due = np.bincount(route[planned], minlength=len(routes))
    size = len(counts.calls) + len(routes)
    columns: dict[str, Any] = {
        "route_id": [*(routes[each] for each in counts.group), *routes],
        "source": [source] * size,
        "horizon": np.concatenate([counts.horizon, np.full(len(routes), PLANNED)]),
        "error": np.concatenate([counts.error, np.zeros(len(routes), np.int64)]),
        "calls": np.concatenate([counts.calls, due]),
    }
    return pa.table(columns, schema=ACCURACY_SCHEMA)


def _seconds(column: pa.ChunkedArray) -> Integers:
    """POSIX seconds; `UNKNOWN` for null."""
    seconds: Integers = pc.fill_null(column.cast(pa.int64()), UNKNOWN).to_numpy()
    return seconds
