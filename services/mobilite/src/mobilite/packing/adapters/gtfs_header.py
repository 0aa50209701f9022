"""Limits the length of the header of a table: parsing it takes quadratic time."""

import re
from typing import Final

HEADER_BYTES: Final = 16 * 1024
"""GTFS defines some twenty columns per file. Measured: a million columns with one name, a zip of
3 kB, would keep an import busy for more than ten minutes.
"""

# One record of CSV: a quoted field can contain line breaks.
_RECORD: Final = re.compile(rb'\s*(?:[^"\r\n]|"[^"]*"?)*')


def check_header(beginning: bytes) -> None:
    """Check the header of a table. `beginning`: its first bytes, more than `HEADER_BYTES` unless it
    is shorter. Raises ValueError if the header is too long."""
    found = _RECORD.match(beginning)
    if found is not None and found.end() > HEADER_BYTES:
        raise ValueError(f"the header is longer than {HEADER_BYTES} bytes")
