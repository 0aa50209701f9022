"""Reads the tables of a feed as published: byte-order marks, stray blanks, short lines.

Imported by the packing worker only (pandas, gtfs-kit). pandas splits the lines; every column is
stored as its distinct texts and one code of four bytes per row, so that each text is stripped and
parsed once. Ids stay texts: "007" never becomes 7. gtfs-kit's own `read_feed` is not used:
docs/decisions/0006-packed-timetable.md.
"""

import codecs
from collections.abc import Sequence
from typing import IO, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mobilite.gtfs.domain.ids import FeedId, local_id
from mobilite.gtfs.domain.plain_text import strip_hidden
from mobilite.gtfs.domain.published_files import LOCATIONS, PUBLISHED_FILES
from mobilite.packing.adapters.feed_archive import FeedFiles
from mobilite.packing.adapters.gtfs_columns import COLUMNS, NUMBERS, REQUIRED
from mobilite.packing.adapters.gtfs_header import check_header
from mobilite.packing.adapters.gtfs_locations import read_locations
from mobilite.packing.domain.flex import ZONE_COLUMNS
from mobilite.packing.domain.pack import REQUIRED_FILES, Report, Table
from socle.errors import Refusal

CHUNK_ROWS = 100_000
"""Rows that pandas parses at once."""
_UNNAMED = "unnamed: "
"""How pandas calls a column without a name, such as that after a comma at the end of a line."""
PUBLISHED_BYTES = 32 << 20
"""Uncompressed bytes of a file that is stored as published. The largest known are fare rules and
translations of a few megabytes."""


def read_tables(files: FeedFiles, report: Report, feed_id: FeedId) -> dict[str, Table]:
    """Read the known files, by name without `.txt`; ids lose the prefix of their own feed.

    An empty file counts as absent. Raises Refusal if a required file is unreadable or lacks a
    required column; such an optional file is reported and ignored. Raises Refusal for any file
    that is damaged or exceeds the limits (`FeedFiles`), MemoryError if pandas has no memory left.
    """
    tables = {}
    for name in COLUMNS:
        if name not in files.openers or _is_too_large(name, files, report):
            continue
        try:
            table = _read(name, files, report, feed_id)
        except (pd.errors.ParserError, ValueError) as error:
            if "out of memory" in str(error):  # the C parser has its own message
                raise MemoryError from error
            if name in REQUIRED_FILES:
                raise Refusal(
                    "invalid", f"{name}.txt est illisible.", code="unreadable", reason=str(error)
                ) from error
            report.add(f"{name}.txt", "unreadable", 1)
            continue
        if table is not None and _has_required(name, table, report):
            tables[name] = table
    if LOCATIONS in files.openers and not _is_too_large(LOCATIONS, files, report):
        tables["locations"] = read_locations(files, report, feed_id)
    report.add_unread_files(
        [
            *(f"{name}.txt" for name in files.openers if name not in {*COLUMNS, LOCATIONS}),
            *files.others,
        ]
    )
    return tables


def _is_too_large(name: str, files: FeedFiles, report: Report) -> bool:
    """Whether a file that is stored as published exceeds its limit, which is reported."""
    if files.sizes[name] <= PUBLISHED_BYTES or name not in {*PUBLISHED_FILES, LOCATIONS}:
        return False
    report.add(name if name == LOCATIONS else f"{name}.txt", "too_large", 1)
    return True


def _has_required(name: str, table: Table, report: Report) -> bool:
    """Whether the table has its required columns. Raises Refusal if a required file has not."""
    missing = sorted(REQUIRED.get(name, frozenset()) - table.columns.keys())
    if name == "stop_times" and ZONE_COLUMNS & table.columns.keys():
        missing = [column for column in missing if column != "stop_id"]
    if missing and name in REQUIRED_FILES:
        raise Refusal(
            "invalid",
            f"{name}.txt n'a pas de colonne {', '.join(missing)}.",
            code="missing_column",
            file=f"{name}.txt",
        )
    report.add(f"{name}.txt", "missing_column", len(missing), missing)
    return not missing


def _read(name: str, files: FeedFiles, report: Report, feed_id: FeedId) -> Table | None:
    """One table; None if the file is empty."""
    with files.open(name) as stream:
        encoding = _encoding(stream)
    if encoding == "cp1252":
        report.add(f"{name}.txt", "encoding", 1)
    with files.open(name) as stream:
        try:
            columns, rows, unread = _read_columns(stream, COLUMNS[name], encoding)
        except pd.errors.EmptyDataError:
            return None
    report.add_unread_fields(f"{name}.txt", unread)
    values = {
        label: _ids(column, feed_id) if _is_id(label) else _values(name, label, column, report)
        for label, column in columns.items()
    }
    return Table(values, rows)


class _Column:
    """A column: its distinct texts, and for each row the index of its text (the code)."""

    def __init__(self) -> None:
        self._texts: dict[str, int] = {}
        self._codes: list[NDArray[np.int32]] = []

    def append(self, values: NDArray[Any]) -> None:
        codes, distinct = pd.factorize(values)
        texts = self._texts
        places = (texts.setdefault(text, len(texts)) for text in distinct)
        self._codes.append(np.fromiter(places, np.int32, len(distinct))[codes])

    def texts(self) -> list[str]:
        # PostgreSQL cannot store NUL, and it is not readable.
        return [text.replace("\0", "").strip() for text in self._texts]

    def codes(self) -> NDArray[np.int32]:
        return np.concatenate(self._codes) if self._codes else np.empty(0, dtype=np.int32)


def _read_columns(
    stream: IO[bytes], wanted: Sequence[str], encoding: str
) -> tuple[dict[str, _Column], int, list[str]]:
    """The wanted columns, the number of rows, and the names of the other columns.

    A short line gives "" for its missing fields; extra fields are ignored (feeds with a comma at
    the end of every line exist).
    """
    unread: dict[str, None] = {}

    def is_wanted(label: str) -> bool:
        name = _clean_label(label)
        if name not in wanted and name and not name.startswith(_UNNAMED):
            unread[name] = None
        return name in wanted

    reader = pd.read_csv(
        stream,
        chunksize=CHUNK_ROWS,
        dtype=object,
        encoding=encoding,
        encoding_errors="replace",
        index_col=False,
        na_filter=False,
        skipinitialspace=True,
        usecols=is_wanted,
    )
    columns: dict[str, _Column] = {}
    rows = 0
    with reader:
        for frame in reader:
            rows += len(frame)
            labels = [_clean_label(label) for label in frame.columns]
            for place, label in enumerate(labels):
                if labels.index(label) == place:  # of two columns with one name, the first
                    column = columns.setdefault(label, _Column())
                    column.append(frame.iloc[:, place].to_numpy(dtype=object))
    return columns, rows, [*unread]


def _clean_label(label: str) -> str:
    """A column name without byte-order mark, quotes and blanks, in lower case."""
    return label.strip().strip("\ufeff\"'").strip().lower()


def _values(table: str, label: str, column: _Column, report: Report) -> NDArray[Any]:
    """The rows of a column: shared strings (object array) or float64, NaN if not a number."""
    texts, codes = column.texts(), column.codes()
    if label not in NUMBERS:
        shared: NDArray[Any] = np.array([*map(strip_hidden, texts)], dtype=object)[codes]
        return shared
    numbers = np.array([*map(_number, texts)], dtype=np.float64)
    wrong = np.isnan(numbers) & np.array([bool(text) for text in texts], dtype=np.bool_)
    if wrong.any():
        report.add(
            f"{table}.txt",
            "wrong_number",
            int(wrong[codes].sum()),
            [f"{label}={texts[i]}" for i in np.flatnonzero(wrong)[:3]],
        )
    parsed: NDArray[Any] = numbers[codes]
    return parsed


def _is_id(label: str) -> bool:
    return label not in NUMBERS and (label.endswith("_id") or label == "parent_station")


def _ids(column: _Column, feed_id: FeedId) -> NDArray[Any]:
    texts = [local_id(feed_id, text) for text in column.texts()]
    shared: NDArray[Any] = np.array(texts, dtype=object)[column.codes()]
    return shared


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        return np.nan
    return number if np.isfinite(number) else np.nan


def _encoding(stream: IO[bytes]) -> str:
    """The encoding of a file: UTF-8 as GTFS requires, UTF-16 if it starts with its byte-order
    mark, else the Windows-1252 of spreadsheets.

    Raises ValueError if the header is too large.
    """
    chunk = stream.read(1 << 20)
    check_header(chunk)
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
