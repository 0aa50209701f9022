"""The packed timetable file: written once by the import role, memory-mapped by every replica.

The same timetable always gives the same bytes, so the SHA-256 identifies the version.
docs/decisions/0006-packed-timetable.md
"""

import hashlib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
from numpy.typing import NDArray

from mobilite.machine.adapters.array_file import ArrayFormat
from mobilite.machine.adapters.array_file import BadPackedFile as BadPackedFile
from mobilite.machine.adapters.atomic_file import atomic_file
from mobilite.timetable.domain.strings import Strings
from mobilite.timetable.domain.timetable import F32, F64, I8, I32, Bool, Timetable

FORMAT = 2
_STRINGS: dict[str, np.dtype[Any]] = {
    "offsets": np.dtype("<i4"),
    "blob": np.dtype("u1"),
    "order": np.dtype("<i4"),
}
# By the aliases of the annotations: what an NDArray[…] is made of differs between NumPy's versions.
_DTYPE_CODES: dict[Any, str] = {I8: "<i1", I32: "<i4", F32: "<f4", F64: "<f8", Bool: "?"}
_SCALARS = ("feed_id", "first_day")
_HINTS = get_type_hints(Timetable)


@dataclass(frozen=True, slots=True)
class PackedFile:
    """A written packed file."""

    path: Path
    sha256: str
    """Of the file, hexadecimal."""
    bytes: int
    """The size of the file."""


def _array_types() -> dict[str, np.dtype[Any]]:
    """The type of every array of the file, by `field` or `field.part`, from the annotations."""
    types: dict[str, np.dtype[Any]] = {}
    for field in fields(Timetable):
        if field.name in _SCALARS:
            continue
        hint = _HINTS[field.name]
        if hint is Strings:
            types |= {f"{field.name}.{part}": dtype for part, dtype in _STRINGS.items()}
        else:
            types[field.name] = np.dtype(_DTYPE_CODES[hint])
    return types


_FILE = ArrayFormat("packed timetable", b"RLABTIME", FORMAT, _array_types(), _SCALARS)


def write_packed(timetable: Timetable, folder: Path) -> PackedFile:
    """Write `<sha256>.timetable` into `folder`, atomically (fsync, then rename)."""
    arrays = {name: _array_of(timetable, name) for name in _FILE.types}
    scalars = {name: getattr(timetable, name) for name in _SCALARS}
    folder.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with atomic_file(folder) as part:
        for piece in _FILE.pieces(arrays, scalars):
            digest.update(piece)
            size += len(piece)
            part.content.write(piece)
        path = folder / f"{digest.hexdigest()}.timetable"
        part.install(path)
    return PackedFile(path, digest.hexdigest(), size)


def open_packed(path: Path) -> Timetable:
    """Map a packed file read-only: no copy, pages are read on access.

    Raises BadPackedFile if the header or the place of an array is not valid, OSError if the file
    cannot be read. The pages stay valid when the file is unlinked.
    """
    arrays, scalars = _FILE.map(path)
    values: dict[str, Any] = dict(scalars)
    for field in fields(Timetable):
        if field.name in arrays:
            values[field.name] = arrays[field.name]
        elif field.name not in values:
            values[field.name] = Strings(*(arrays[f"{field.name}.{part}"] for part in _STRINGS))
    return Timetable(**values)


def _array_of(timetable: Timetable, name: str) -> NDArray[Any]:
    field, _, part = name.partition(".")
    value = getattr(timetable, field)
    array: NDArray[Any] = getattr(value, part) if part else value
    return array
