"""The packed file of a street graph: memory-mapped, so that a start takes no time."""

from pathlib import Path
from typing import Any, Final, get_type_hints

import numpy as np

from mobilite.machine.adapters.array_file import ArrayFormat
from mobilite.machine.adapters.atomic_file import atomic_file
from mobilite.streets.domain.graph import StreetGraph
from mobilite.timetable.domain.timetable import I8

STREETS_VERSION: Final = 1
"""Increase when extracts are read or packed differently: each is then read again."""
_HINTS = get_type_hints(StreetGraph)
_TYPES: Final[dict[str, np.dtype[Any]]] = {
    name: np.dtype("<i1" if _HINTS[name] == I8 else "<i4") for name in StreetGraph._fields
}
_FILE = ArrayFormat("street graph", b"RLABWAYS", STREETS_VERSION, _TYPES)


def write_streets(graph: StreetGraph, path: Path) -> None:
    """Write the file, atomically (fsync, then rename). Its folder is created if it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(path.parent) as part:
        for piece in _FILE.pieces(graph._asdict(), {}):
            part.content.write(piece)
        part.install(path)


def open_streets(path: Path) -> StreetGraph:
    """Map the file read-only. Raises BadPackedFile if it is not of this version or damaged, OSError
    if it cannot be read."""
    arrays, _ = _FILE.map(path)
    return StreetGraph(**arrays)
