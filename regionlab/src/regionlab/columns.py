"""Tables for people at a terminal."""

from collections.abc import Sequence


def in_columns(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The rows as lines of text, in aligned columns under their headings.

    Each row has as many cells as there are headings.
    """
    every = [headings, *rows]
    widths = [max(len(row[at]) for row in every) for at in range(len(headings))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in every
    )
