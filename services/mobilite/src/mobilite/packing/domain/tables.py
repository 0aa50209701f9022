"""A GTFS file as columns, independent of the parser."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mobilite.packing.domain.report import Report

Column = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one GTFS file."""

    columns: Mapping[str, Column]
    """By name: texts (object array, "" where empty) or numbers (float64, NaN where empty)."""
    rows: int
    """The number of rows."""

    @staticmethod
    def of(rows: Sequence[Mapping[str, str]]) -> "Table":
        """A table from rows of texts, as a CSV reader gives them."""
        names = list(dict.fromkeys(name for row in rows for name in row))
        columns = {
            name: np.array([row.get(name, "") for row in rows], dtype=object) for name in names
        }
        return Table(columns, len(rows))

    def has(self, name: str) -> bool:
        """Whether the file has that column."""
        return name in self.columns

    def texts(self, name: str) -> list[str]:
        """The column as texts, "" where empty or absent."""
        column = self.columns.get(name)
        if column is None:
            return [""] * self.rows
        if column.dtype != object:
            # A NaN differs from itself.
            return ["" if value != value else f"{value:g}" for value in column.tolist()]
        return column.tolist()  # type: ignore[no-any-return]  # NumPy types tolist() as Any

    def numbers(self, name: str) -> NDArray[np.float64]:
        """The column as float64[rows], NaN where empty, absent or not a number."""
        column = self.columns.get(name)
        if column is None:
            return np.full(self.rows, np.nan)
        if column.dtype != object:
            return column.astype(np.float64)
        return np.fromiter(map(_number, column.tolist()), np.float64, self.rows)

    def integers(self, name: str, default: int) -> NDArray[np.int32]:
        """The column as int32[rows], `default` where empty, absent or not a whole number."""
        numbers = self.numbers(name)
        usable = np.isfinite(numbers) & (numbers == np.floor(numbers)) & (abs(numbers) < 2**31)
        return np.where(usable, numbers, default).astype(np.int32)

    def choices(self, name: str, allowed: Sequence[int], default: int) -> NDArray[np.int8]:
        """A GTFS enumeration as int8[rows], `default` where the value is not one of `allowed`."""
        numbers = self.integers(name, default)
        return np.where(np.isin(numbers, allowed), numbers, default).astype(np.int8)

    def take(self, retained: NDArray[np.bool_]) -> "Table":
        """The rows where `retained` (bool[rows]) is true."""
        if retained.all():
            return self
        return self.in_order(np.flatnonzero(retained))

    def columns_where(self, name: str, columns: Sequence[str]) -> "Table":
        """These columns of the rows in which the column `name` is not empty."""
        if not self.has(name):
            return EMPTY
        given = np.fromiter((bool(text) for text in self.texts(name)), np.bool_, self.rows)
        return Table({each: self.columns[each] for each in columns}, self.rows).take(given)

    def in_order(self, rows: NDArray[np.integer]) -> "Table":
        """These rows (indexes), in this order."""
        return Table({name: col[rows] for name, col in self.columns.items()}, len(rows))


EMPTY = Table({}, 0)
"""The table of an absent file."""


def _number(text: str) -> float:
    try:
        return float(text) if text else np.nan
    except ValueError:
        return np.nan


def first_of_each(table: Table, column: str, file: str, report: Report) -> Table:
    """The first row of each id in `column`, and no row without one: GTFS requires unique ids, but
    feeds repeat them."""
    ids = table.texts(column)
    empty = np.fromiter((not text for text in ids), np.bool_, len(ids))
    seen: dict[str, int] = {}
    first = np.fromiter((seen.setdefault(text, i) == i for i, text in enumerate(ids)), np.bool_)
    report.add(file, "empty_id", int(empty.sum()))
    report.add_rows(file, "duplicate_id", ~first & ~empty, ids)
    return table.take(first & ~empty)


def rows_of(ids: Sequence[str], index: Mapping[str, int]) -> NDArray[np.int32]:
    """int32[n]: the row of each id in `index`; -1 if it is unknown or empty."""
    return np.fromiter((index.get(text, -1) for text in ids), np.int32, len(ids))


def csr(owners: NDArray[np.int32], size: int) -> NDArray[np.int32]:
    """A CSR index, int32[size + 1]: where the rows of each owner begin, once sorted by owner.

    `owners`: the owner of each row, from 0 to `size` - 1.
    """
    counts = np.bincount(owners, minlength=size) if len(owners) else np.zeros(size, np.int64)
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
