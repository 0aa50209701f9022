"""CSV that a spreadsheet opens without running anything (RFC 4180).

What people wrote may begin like a formula; a spreadsheet would calculate it, and could send what
stands beside it elsewhere. Such a text is told with an apostrophe before it (OWASP, CSV injection).
French spreadsheets split at semicolons too: what follows one may begin a cell of its own.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

Cell = str | int | float | bool | None
Row = Mapping[str, Cell]

_BEGINS_A_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def csv_text(columns: Sequence[str], rows: Iterable[Row]) -> bytes:
    """UTF-8 with its mark, so that spreadsheets read accents."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row[column]) for column in columns])
    return written.getvalue().encode("utf-8-sig")


def harmless(text: str) -> str:
    """A text as a cell that is a text."""
    return ";".join(
        f"'{part}" if part.lstrip(' \u00a0"').startswith(_BEGINS_A_FORMULA) else part
        for part in text.split(";")
    )


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return harmless(value) if isinstance(value, str) else repr(value)
