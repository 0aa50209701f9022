"""Drops the rows of fare files that refer to what the feed does not have, and reports them.

A fare rule that loses a condition would be another rule: the row is dropped, and with it the rows
that refer to it.
https://gtfs.org/documentation/schedule/reference/#fare_rulestxt
"""

from collections.abc import Mapping
from itertools import islice
from typing import Final

import numpy as np

from mobilite.gtfs.domain.published_files import FARE_FILES, PUBLISHED_FILES
from mobilite.packing.domain.report import SAMPLES, Report
from mobilite.packing.domain.tables import EMPTY, Table

_HEADER_LINES: Final = 1
_ALSO_IN: Final = {"calendar.service_id": "calendar_dates"}
"""By reference, another file with such ids."""


def with_known_references(tables: Mapping[str, Table], report: Report) -> dict[str, Table]:
    """The fare files whose rows refer only to what exists, by name. The report has the line of the
    dropped rows in their file, blank lines not counted, with the unknown id."""
    retained: dict[str, Table] = {}
    for file in FARE_FILES:
        if file in tables:
            retained[file] = _without_unknown({**tables, **retained}, file, report)
    return retained


def _without_unknown(tables: Mapping[str, Table], file: str, report: Report) -> Table:
    table = tables[file]
    unknown: dict[int, str] = {}
    for column, reference in PUBLISHED_FILES[file].items():
        if not table.has(column) or reference in ("", f"{file}.{column}"):
            continue
        known = _ids(tables, reference)
        for row, text in enumerate(table.texts(column)):
            if text and text not in known:
                unknown.setdefault(row, f"{column} {text}")
    rows = islice(sorted(unknown), SAMPLES)
    samples = [f"ligne {row + 1 + _HEADER_LINES} : {unknown[row]}" for row in rows]
    report.add(f"{file}.txt", "unknown_fare_reference", len(unknown), samples)
    return table.take(~np.isin(np.arange(table.rows), [*unknown]))


def _ids(tables: Mapping[str, Table], reference: str) -> frozenset[str]:
    """The ids of what a column refers to. `reference`: its file and column."""
    file, _, column = reference.partition(".")
    files = (file, _ALSO_IN.get(reference, file))
    return frozenset(text for each in files for text in tables.get(each, EMPTY).texts(column))
