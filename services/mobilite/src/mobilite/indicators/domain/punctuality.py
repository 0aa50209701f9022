"""Punctuality and cancellations: figures of counted passages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from mobilite.indicators.domain.punctuality_day import (
    CANCELLED,
    MISSING,
    OBSERVED,
    RUNS,
    WITHDRAWN,
)

_RAIL: Final = 2
_RAIL_EXTENDED: Final = range(100, 118)
"""https://developers.google.com/transit/gtfs/reference/extended-route-types"""
_COUNTED: Final = ("route_type", "measure", "delay")
"""What counts are apart by, besides what figures are of."""
_BATCH: Final = 65_536
"""Rows."""


@dataclass(frozen=True, slots=True)
class OnTime:
    """What counts as on time, in seconds."""

    early: int = 60
    late: int = 300
    rail_late: int = 359

    def includes(self, delay: int, route_type: int) -> bool:
        """Whether a delay is on time."""
        is_rail = route_type == _RAIL or route_type in _RAIL_EXTENDED
        return -self.early <= delay <= (self.rail_late if is_rail else self.late)


@dataclass(frozen=True, slots=True)
class Punctuality:
    """The figures of some calls and runs."""

    n: int
    """Calls observed."""
    planned: int
    """Calls planned and not cancelled."""
    on_time: float | None
    """The share of `n`; None if it is 0."""
    median_delay: float | None
    """Seconds; negative: early."""
    runs: int
    """Planned runs."""
    cancelled: int
    """Runs of them cancelled in whole or in part."""
    withdrawn: int
    """Runs cancelled so early that they do not count as planned."""

    @property
    def coverage(self) -> float | None:
        """The share of the planned calls that was observed; None if there are none."""
        return self.n / self.planned if self.planned else None


def punctuality_by(
    counts: pa.Table, keys: Sequence[str], rule: OnTime
) -> list[tuple[tuple[Any, ...], Punctuality]]:
    """The figures of each value of some columns, in order. `counts`: as `punctuality_day`, perhaps
    of several dates and with further columns."""
    totals = dict[tuple[Any, ...], _Totals]()
    # A part at a time: Python objects are many times larger than the rows of a table.
    for part in add_counts(counts, keys).to_batches(_BATCH):
        columns = [part[name].to_pylist() for name in (*keys, *_COUNTED, "count")]
        for *key, route_type, measure, delay, count in zip(*columns, strict=True):
            total = totals.setdefault(tuple(key), _Totals())
            if measure == OBSERVED:
                total.delays[delay] = total.delays.get(delay, 0) + count
                total.on_time += count * rule.includes(delay, route_type)
            else:
                total.others[measure] = total.others.get(measure, 0) + count
    return [(key, totals[key].punctuality()) for key in sorted(totals)]


def add_counts(counts: pa.Table, keys: Sequence[str]) -> pa.Table:
    """The counts added up by these columns: the figures of them stay the same."""
    names = [*keys, *_COUNTED]
    added = counts.group_by(names).aggregate([("count", "sum")])
    return added.select([*names, "count_sum"]).rename_columns([*names, "count"])


class _Totals:
    """The counts of one row of figures."""

    def __init__(self) -> None:
        self.delays: dict[int, int] = {}
        self.others: dict[str, int] = {}
        self.on_time = 0

    def punctuality(self) -> Punctuality:
        n, others = sum(self.delays.values()), self.others
        return Punctuality(
            n=n,
            planned=n + others.get(MISSING, 0),
            on_time=self.on_time / n if n else None,
            median_delay=median(self.delays),
            runs=others.get(RUNS, 0),
            cancelled=others.get(CANCELLED, 0),
            withdrawn=others.get(WITHDRAWN, 0),
        )


def median(counts: Mapping[int, int]) -> float | None:
    """The median of counted values: the mean of the two in the middle of an even number. None of
    none."""
    total, below, lower = sum(counts.values()), 0, None
    for value in sorted(counts):
        below += counts[value]
        if lower is None and 2 * below >= total:
            lower = value
        if 2 * below > total:
            assert lower is not None
            return (lower + value) / 2
    return None
