"""Selects rows of supply in the tables of versions (`supply_files.py`)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from mobilite.gtfs.domain.ids import FeedId
from mobilite.supply.domain.day_types import DAY_TYPES, day_type
from mobilite.supply.domain.supply_rows import StopRow, SupplyRow


def dated_rows(tables: Sequence[pa.Table]) -> pa.Table:
    """The rows of each date, of all versions of a feed."""
    table = pa.concat_tables(tables)
    ones = pa.array(np.ones(table.num_rows, np.int64))
    return table.append_column("days", ones).append_column("days_of_type", ones)


def typical_rows(tables: Sequence[pa.Table], dates: Sequence[Any]) -> pa.Table:
    """For each route and type of day, the day that most dates of the type have; of several, the
    earliest. `tables`: of the versions of a feed; `dates`: those that the versions have."""
    table = pa.concat_tables(tables).combine_chunks()
    version = np.repeat(np.arange(len(tables)), [each.num_rows for each in tables])
    types = _day_types(table["date"])
    groups = (
        pa.table(
            {
                "route_id": table["route_id"].cast(pa.string()),
                "type": types,
                "version": version,
                "pattern": table["pattern"],
                "row": np.arange(table.num_rows),
            }
        )
        .group_by(["route_id", "type", "version", "pattern"])
        .aggregate([("row", "min"), ("row", "count")])
    ).to_pylist()
    best: dict[tuple[int, str | None], tuple[int, int]] = {}
    for each in groups:
        key, found = (each["type"], each["route_id"]), (-each["row_count"], each["row_min"])
        best[key] = min(best.get(key, found), found)
    order = sorted(best.items(), key=lambda item: (item[0][0], item[1][1]))
    existing = Counter(DAY_TYPES.index(day_type(each)) for each in dates)
    return (
        table.take(pa.array([row for _, (_, row) in order], pa.int64()))
        .append_column("days", pa.array([-count for _, (count, _) in order], pa.int64()))
        .append_column("days_of_type", pa.array([existing[key[0]] for key, _ in order], pa.int64()))
    )


def supply_rows(feed_id: FeedId, table: pa.Table) -> list[SupplyRow]:
    """The rows of `dated_rows` or `typical_rows`, or of a part of them."""
    return [
        SupplyRow(
            feed_id=feed_id,
            day_type=day_type(each["date"]),
            **{name: value for name, value in each.items() if name != "pattern"},
        )
        for each in table.to_pylist()
    ]


def stop_rows(feed_id: FeedId, versions: Iterable[tuple[pa.Table, pa.Table]]) -> list[StopRow]:
    """The departures of each stop by type of day. `versions`: the tables `services`, of the dates
    in the period, and `stops` of each version."""
    found: dict[tuple[int, str], list[int]] = {}
    days = Counter[int]()
    for services, stops in versions:
        service, dates = services["service"].to_numpy(), services["date"]
        types, row_service = _day_types(dates), stops["service"].to_numpy()
        ids, first, last = (
            stops[name].to_pylist() for name in ("stop_id", "first_departure", "last_departure")
        )
        for number in range(len(DAY_TYPES)):
            of_type = types == number
            days[number] += len(np.unique(dates.to_numpy()[of_type]))
            size = int(row_service.max(initial=-1)) + 1
            weights = np.bincount(service[of_type], minlength=size)[row_service]
            departures = weights * stops["departures"].to_numpy()
            for row in np.flatnonzero(weights).tolist():
                _add(found, (number, ids[row]), int(departures[row]), first[row], last[row])
    return [
        StopRow(feed_id, stop_id, DAY_TYPES[number], days[number], *sums)
        for (number, stop_id), sums in found.items()
    ]


def _add(
    found: dict[tuple[int, str], list[int]],
    key: tuple[int, str],
    departures: int,
    first: int,
    last: int,
) -> None:
    """Add the departures of a service to those of a stop."""
    sums = found.setdefault(key, [0, first, last])
    sums[0] += departures
    sums[1], sums[2] = min(sums[1], first), max(sums[2], last)


def _day_types(dates: Any) -> NDArray[np.int64]:
    """The number of the type of each date (`DAY_TYPES`)."""
    # ISO counts Monday as 1: 0 to 4 are weekdays, then Saturday, then Sunday.
    weekday: NDArray[np.int64] = pc.day_of_week(dates).to_numpy().astype(np.int64)
    return np.maximum(weekday - 4, 0)
