"""The rows of an answer about regularity or accuracy: the sums of service dates, added up by what
is wanted.
"""

import datetime
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mobilite.indicators.domain.accuracy import Accuracy, ErrorCounts, measure_accuracy
from mobilite.indicators.domain.accuracy_day import PLANNED
from mobilite.indicators.domain.regularity import GapSums
from mobilite.indicators.domain.regularity_day import SUMS

Dimension = Literal["all", "feed", "route", "stop", "hour", "day"]
_COLUMNS: Final[Mapping[Dimension, tuple[str, ...]]] = {
    "all": (),
    "feed": ("feed",),
    "route": ("feed", "route_id"),
    "stop": ("feed", "stop_id"),
    "hour": ("hour",),
    "day": ("date",),
}


class Key(NamedTuple):
    """What a row is of; None for all of them."""

    feed: str | None = None
    route_id: str | None = None
    stop_id: str | None = None
    hour: int | None = None
    date: datetime.date | None = None


def regularity_rows(sums: pa.Table, by: Dimension) -> list[tuple[Key, GapSums]]:
    """The regularity of each, in order. `sums`: as `regularity_day`, of any dates and feeds, with
    their `date` and `feed`. What is not frequent has no stop and no hour: it has a row by line,
    feed and day only."""
    names = _COLUMNS[by]
    rows = [
        (Key(**{name: row[name] for name in names}), GapSums(*(row[name] or 0 for name in SUMS)))
        for row in add_gaps(sums, by).to_pylist()
    ]
    return sorted(rows, key=lambda each: [each[0][Key._fields.index(name)] for name in names])


def add_gaps(sums: pa.Table, by: Dimension) -> pa.Table:
    """The sums added up by what is wanted: the rows of them stay the same."""
    if by in ("stop", "hour") and "hour" in sums.column_names:
        sums = sums.filter(pc.greater_equal(sums["hour"], 0))
    return _added(sums, _COLUMNS[by], SUMS)


def accuracy_rows(counts: pa.Table, by: Dimension) -> list[tuple[Key, int, list[Accuracy]]]:
    """The accuracy of each, in order: its planned calls, and its errors by horizon. `counts`: as
    `accuracy_day`, of any dates and feeds, with their `date` and `feed`. `by`: not stop or hour."""
    grouped = add_errors(counts, by)
    if not len(grouped):
        return []
    owner, keys = _numbered(grouped, _COLUMNS[by])
    horizon, error, calls = (
        grouped[name].to_numpy().astype(np.int64) for name in ("horizon", "error", "calls")
    )
    planned = horizon == PLANNED
    due = np.bincount(owner[planned], calls[planned], len(keys)).astype(np.int64)
    order = np.flatnonzero(~planned)[np.argsort(owner[~planned], kind="stable")]
    # Each key's own rows: to search all of them for each would grow with the square.
    bounds = np.searchsorted(owner[order], np.arange(len(keys) + 1))
    rows = []
    for index, (key, (first, after)) in enumerate(zip(keys, pairwise(bounds), strict=True)):
        own = order[first:after]
        errors = ErrorCounts(owner[own], horizon[own], error[own], calls[own])
        rows.append((key, int(due[index]), measure_accuracy(errors, index)))
    return rows


def _numbered(table: pa.Table, names: Sequence[str]) -> tuple[Any, list[Key]]:
    """For each row the number of its key, and the keys in order."""
    if not names:
        return np.zeros(len(table), np.int64), [Key()]
    keys = table.group_by([*names]).aggregate([]).select([*names])
    keys = keys.sort_by([(name, "ascending") for name in names])
    numbers = keys.append_column("number", pa.array(np.arange(len(keys))))
    rows = table.select([*names]).append_column("row", pa.array(np.arange(len(table))))
    joined = rows.join(numbers, keys=[*names]).sort_by("row")
    return joined["number"].to_numpy(), [Key(**each) for each in keys.to_pylist()]


def add_errors(counts: pa.Table, by: Dimension) -> pa.Table:
    """The counts added up by what is wanted: the rows of them stay the same."""
    return _added(counts, (*_COLUMNS[by], "horizon", "error"), ("calls",))


def _added(table: pa.Table, names: Sequence[str], numbers: Sequence[str]) -> pa.Table:
    """The sums of the numbers for each value of the names."""
    added = table.group_by([*names]).aggregate([(each, "sum") for each in numbers])
    columns = [*names, *(f"{each}_sum" for each in numbers)]
    return added.select(columns).rename_columns([*names, *numbers])
