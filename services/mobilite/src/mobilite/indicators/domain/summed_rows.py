"""The rows of an answer about regularity or accuracy: the sums of service dates, added up by what
is wanted.
"""

import datetime
from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

import numpy as np
import pyarrow as pa

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
    if by in ("stop", "hour"):
        sums = sums.filter(np.asarray(sums["hour"]) >= 0)
    grouped = sums.group_by([*names]).aggregate([(name, "sum") for name in SUMS])
    rows = [
        (
            Key(**{name: row[name] for name in names}),
            GapSums(*(row[f"{name}_sum"] or 0 for name in SUMS)),
        )
        for row in grouped.to_pylist()
    ]
    return sorted(rows, key=lambda each: [each[0][Key._fields.index(name)] for name in names])


def accuracy_rows(counts: pa.Table, by: Dimension) -> list[tuple[Key, int, list[Accuracy]]]:
    """The accuracy of each, in order: its planned calls, and its errors by horizon. `counts`: as
    `accuracy_day`, of any dates and feeds, with their `date` and `feed`. `by`: not stop or hour."""
    names = _COLUMNS[by]
    grouped = counts.group_by([*names, "horizon", "error"]).aggregate([("calls", "sum")])
    owners = grouped.select([*names]).to_pylist() if names else [{}] * len(grouped)
    keys = [Key(**each) for each in owners]
    different = sorted(
        set(keys), key=lambda each: [each[Key._fields.index(name)] for name in names]
    )
    place = {key: index for index, key in enumerate(different)}
    group = np.array([place[key] for key in keys], np.int64)
    horizon, error, calls = (
        grouped[name].to_numpy().astype(np.int64) for name in ("horizon", "error", "calls_sum")
    )
    planned = horizon == PLANNED
    due = np.bincount(group[planned], calls[planned], len(different)).astype(np.int64)
    errors = ErrorCounts(group[~planned], horizon[~planned], error[~planned], calls[~planned])
    return [
        (key, int(due[index]), measure_accuracy(errors, index))
        for index, key in enumerate(different)
    ]
