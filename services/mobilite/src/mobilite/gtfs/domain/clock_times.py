"""GTFS times as text: `H:MM:SS`, `HH:MM:SS`, beyond 24:00:00, sometimes without seconds."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MISSING = -1
"""`parse_time` of an empty or blank text."""
INVALID = -2
"""`parse_time` of a text that is no time."""

_SHAPE = re.compile(r"\s*(\d{1,3}):([0-5]?\d)(?::([0-5]?\d))?\s*", re.ASCII)


def parse_time(text: str) -> int:
    """Seconds since noon − 12 h; MISSING if the text is blank, INVALID if it is no time."""
    if not text:
        return MISSING
    found = _SHAPE.fullmatch(text)
    if found is None:
        return MISSING if text.isspace() else INVALID
    hours, minutes, seconds = found.groups(default="0")
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds)


def format_time(seconds: int) -> str:
    """HH:MM:SS of a service day; the hours may exceed 24. `seconds`: not negative."""
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def parse_times(texts: Sequence[str]) -> NDArray[np.int32]:
    """int32[n]: `parse_time` of every text; each distinct text is parsed once."""
    known = {text: parse_time(text) for text in set(texts)}
    return np.fromiter(map(known.__getitem__, texts), np.int32, len(texts))
