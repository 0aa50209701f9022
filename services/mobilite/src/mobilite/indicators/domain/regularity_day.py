"""The regularity of one service date of a feed, as a table of sums that are added later.

One row for each source, line, stop and hour with a frequent service. What is not frequent has one
row for each line, without a stop, so that the line can be named.
"""

from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mobilite.indicators.domain.regularity import (
    UNKNOWN,
    Departures,
    GapSums,
    Integers,
    find_gaps,
    sum_gaps,
)
from mobilite.indicators.domain.withdrawn_calls import find_withdrawn

PASSAGE_COLUMNS: Final = (
    "route_id",
    "direction_id",
    "stop_id",
    "last",
    "state",
    "source",
    "scheduled_departure",
    "observed_arrival",
    "observed_departure",
    "cancelled_known_at",
)
"""The columns of passages that are read."""
SUMS: Final = tuple(GapSums.__dataclass_fields__)
REGULARITY_SCHEMA: Final = pa.schema(
    [
        ("route_id", pa.string()),
        ("stop_id", pa.string()),
        ("hour", pa.int16()),
        ("source", pa.string()),
        *((name, pa.int64()) for name in SUMS),
    ]
)
"""`stop_id`: "" where nothing is frequent; `hour`: local, of the scheduled departure, then -1."""


def regularity_day(passages: pa.Table, zone: ZoneInfo, day: date) -> pa.Table:
    """The sums of a service date. `passages`: of one feed, with `PASSAGE_COLUMNS`. `zone`: of its
    hours. Calls that were withdrawn (`withdrawn_calls.py`) are as if never scheduled."""
    passages = passages.filter(pa.array(~find_withdrawn(passages, zone, day)))
    sources = pc.unique(passages["source"].cast(pa.string())).to_pylist()
    parts = [
        _of_source(
            passages.filter(pc.equal(passages["source"].cast(pa.string()), each)), each, zone
        )
        for each in sources
    ]
    return pa.concat_tables([REGULARITY_SCHEMA.empty_table(), *parts])


def _of_source(passages: pa.Table, source: str, zone: ZoneInfo) -> pa.Table:
    passages = passages.filter(pc.invert(passages["last"])).combine_chunks()
    if not len(passages):
        return REGULARITY_SCHEMA.empty_table()
    route, routes = _numbers(passages["route_id"])
    stop, stops = _numbers(passages["stop_id"])
    direction = passages["direction_id"].to_numpy().astype(np.int64) + 1
    departures = _departures(passages, zone, (route * 4 + direction) * len(stops) + stop)
    gaps = find_gaps(departures)
    # A line, a stop and an hour in one number; the hour 24 and the first stop where not frequent.
    hour = np.where(gaps.frequent, departures.hour, 24)
    place = np.where(gaps.frequent, stop, 0)
    cells, group = np.unique((route * len(stops) + place) * 25 + hour, return_inverse=True)
    sums = sum_gaps(gaps, group.reshape(-1), len(cells))
    size, hours = len(cells), cells % 25
    columns: dict[str, Any] = {
        "route_id": [routes[each] for each in cells // 25 // len(stops)],
        "stop_id": [
            "" if hour == 24 else stops[each]
            for each, hour in zip(cells // 25 % len(stops), hours, strict=True)
        ],
        "hour": np.where(hours == 24, -1, hours),
        "source": [source] * size,
        **{name: [getattr(each, name) for each in sums] for name in SUMS},
    }
    return pa.table(columns, schema=REGULARITY_SCHEMA)


def _departures(passages: pa.Table, zone: ZoneInfo, pole: Integers) -> Departures:
    state = passages["state"].cast(pa.string())
    scheduled = passages["scheduled_departure"]
    local = scheduled.cast(pa.timestamp("s", tz=zone.key))
    observed = pc.coalesce(passages["observed_departure"], passages["observed_arrival"])
    happened = pc.is_in(state, pa.array(["observed", "added"])).to_numpy()
    missed = pc.is_in(state, pa.array(["cancelled", "skipped"])).to_numpy()
    added = pc.equal(state, "added").to_numpy()
    return Departures(
        pole,
        pc.fill_null(pc.hour(local), 0).to_numpy(),
        np.where(added, UNKNOWN, _seconds(scheduled)),
        np.where(happened, _seconds(observed), UNKNOWN),
        missed,
    )


def _numbers(column: pa.ChunkedArray) -> tuple[Integers, list[str]]:
    """A number for each text, and the texts by number."""
    encoded = column.cast(pa.string()).combine_chunks().dictionary_encode()
    return encoded.indices.to_numpy().astype(np.int64), encoded.dictionary.to_pylist()


def _seconds(column: pa.ChunkedArray) -> Integers:
    """POSIX seconds; `UNKNOWN` for null."""
    seconds: Integers = pc.fill_null(column.cast(pa.int64()), UNKNOWN).to_numpy()
    return seconds
