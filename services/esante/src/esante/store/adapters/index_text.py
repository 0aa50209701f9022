"""Truncation of long texts for index rows, since a B-tree row has at most 2,704 bytes.

Writes and searches truncate a text at the same place. The rest is not searched: no name and no
address is that long.
"""

from typing import Final

_MAX_BYTES: Final = 2300
"""Of the text; the type, the parameter and the id take the rest of the row."""


def truncate_for_index(text: str) -> str:
    """The beginning of a text that fits into an index row, in whole characters."""
    if len(text) * 4 <= _MAX_BYTES:
        return text
    return text.encode()[:_MAX_BYTES].decode(errors="ignore")
