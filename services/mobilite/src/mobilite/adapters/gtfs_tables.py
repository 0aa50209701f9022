"""The tables of a feed as published: byte-order marks, stray blanks, short lines and all.

Loaded in the import worker only (pandas, gtfs-kit). pandas reads every column as categories of
text, so that a column costs four bytes a row, blanks are stripped and numbers parsed once a
distinct value. gtfs-kit's own `read_feed` is not used: docs/decisions/0006-packed-timetable.md.
"""

import codecs
import re
import warnings
from typing import IO, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mobilite.adapters.feed_archive import FeedFiles
from mobilite.adapters.gtfs_columns import COLUMNS, NUMBERS, REQUIRED, REQUIRED_FILES
from mobilite.domain.packing import Report, Table
from socle.errors import Refusal


def read_tables(files: FeedFiles, report: Report) -> dict[str, Table]:
    """Read the known files. An empty file counts as absent.

    Raises Refusal where a required file is unreadable or lacks a required column; an optional
    one is reported and left out.
    """
    tables = {}
    for name in COLUMNS:
        if name not in files.openers:
            continue
        try:
            table = _read(name, files, report)
        except (pd.errors.ParserError, ValueError) as error:
            if name in REQUIRED_FILES:
                raise Refusal(
                    "invalid", f"{name}.txt est illisible.", code="unreadable", reason=str(error)
                ) from error
            report.add(f"{name}.txt", "unreadable", 1)
            continue
        if table is not None and _has_required(name, table, report):
            tables[name] = table
    return tables


def _has_required(name: str, table: Table, report: Report) -> bool:
    missing = sorted(REQUIRED.get(name, frozenset()) - table.columns.keys())
    if missing and name in REQUIRED_FILES:
        raise Refusal(
            "invalid",
            f"{name}.txt n’a pas de colonne {', '.join(missing)}.",
            code="missing_column",
            file=f"{name}.txt",
        )
    report.add(f"{name}.txt", "missing_column", len(missing), missing)
    return not missing


def _read(name: str, files: FeedFiles, report: Report) -> Table | None:
    with files.open(name) as stream:
        encoding = _encoding(stream)
    if encoding == "cp1252":
        report.add(f"{name}.txt", "encoding", 1)
    with files.open(name) as stream, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", pd.errors.ParserWarning)
        try:
            frame = pd.read_csv(
                stream,
                dtype="category",
                encoding=encoding,
                encoding_errors="replace",
                index_col=False,
                na_filter=False,
                on_bad_lines="warn",
                skipinitialspace=True,
                usecols=lambda column: _clean(column) in COLUMNS[name],
            )
        except pd.errors.EmptyDataError:
            return None
    skipped = [int(n) for w in caught for n in re.findall(r"Skipping line (\d+)", str(w.message))]
    report.add(f"{name}.txt", "bad_line", len(skipped), [f"ligne {n}" for n in skipped])
    columns: dict[str, NDArray[Any]] = {}
    for position, label in enumerate(frame.columns):
        column = _clean(label)
        if column not in columns:
            columns[column] = _column(name, column, frame.iloc[:, position], report)
    return Table(columns, len(frame))


def _clean(label: str) -> str:
    return label.strip().strip("\ufeff\"'").strip().lower()


def _column(table: str, column: str, values: "pd.Series[Any]", report: Report) -> NDArray[Any]:
    """Shared strings (object array) or float64; a line too short gives "" or NaN."""
    texts = [str(text).strip() for text in values.cat.categories]
    codes = values.cat.codes.to_numpy()
    if column not in NUMBERS:
        shared: NDArray[Any] = np.array([*texts, ""], dtype=object)[codes]
        return shared
    numbers = np.array([*map(_number, texts), np.nan])
    wrong = np.array([*((bool(text) and np.isnan(_number(text))) for text in texts), False])
    if wrong.any():
        report.add(
            f"{table}.txt",
            "wrong_number",
            int(wrong[codes].sum()),
            [f"{column}={texts[i]}" for i in np.flatnonzero(wrong)[:3]],
        )
    parsed: NDArray[Any] = numbers[codes]
    return parsed


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        return np.nan
    return number if np.isfinite(number) else np.nan


def _encoding(stream: IO[bytes]) -> str:
    """UTF-8 as GTFS asks, UTF-16 by its mark, or the Windows-1252 of spreadsheets."""
    chunk = stream.read(1 << 20)
    if chunk.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk:
            decoder.decode(chunk)
            chunk = stream.read(1 << 20)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"
