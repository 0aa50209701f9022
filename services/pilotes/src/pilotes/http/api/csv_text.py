"""CSV without formulas (RFC 4180).

A text that begins like a formula would be evaluated by a spreadsheet, which could send the contents
of other cells away. Such a text is written after an apostrophe (OWASP, CSV injection). French
spreadsheets split at semicolons too: the text after one may begin a cell of its own.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

Cell = str | int | float | bool | None
Row = Mapping[str, Cell]

_BEGINS_A_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def render_csv(columns: Sequence[str], rows: Iterable[Row]) -> bytes:
    """CSV in UTF-8 with a byte order mark, so that spreadsheets read accents. Each row has every
    column; None is an empty cell."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row[column]) for column in columns])
    return written.getvalue().encode("utf-8-sig")


def escape_formula(text: str) -> str:
    """The text as a cell that no spreadsheet evaluates."""
    # A formula can follow spaces or a quote.
    return ";".join(
        f"'{part}" if part.lstrip(' \u00a0"').startswith(_BEGINS_A_FORMULA) else part
        for part in text.split(";")
    )


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return escape_formula(value) if isinstance(value, str) else repr(value)
