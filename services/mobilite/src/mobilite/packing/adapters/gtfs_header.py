"""How large the first line of a table may be: what reads it takes time with the square of it."""

import re
from typing import Final

HEADER_BYTES: Final = 16 * 1024
"""GTFS knows some twenty columns a file. Measured: a million columns of one name, a zip of 3 kB,
would keep an import busy for more than ten minutes."""

_RECORD: Final = re.compile(rb'\s*(?:[^"\r\n]|"[^"]*"?)*')


def check_header(beginning: bytes) -> None:
    """Raises ValueError where the header of a table, as its `beginning` shows, is beyond reason."""
    found = _RECORD.match(beginning)
    if found is not None and found.end() > HEADER_BYTES:
        raise ValueError(f"the header is longer than {HEADER_BYTES} bytes")
