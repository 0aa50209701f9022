"""The packed timetable file: written once by the import role, memory-mapped by every replica.

    magic 8 bytes · uint32 format · uint32 header length · header (JSON) · arrays

Each array starts at a multiple of 64 bytes and is little-endian; the header has its type, shape
and offset. The same timetable always gives the same bytes, so the SHA-256 identifies the
version. docs/decisions/0006-packed-timetable.md
"""

import hashlib
import json
import mmap
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
from numpy.typing import NDArray

from mobilite.machine.adapters.atomic_file import atomic_file
from mobilite.timetable.domain.strings import Strings
from mobilite.timetable.domain.timetable import F32, F64, I8, I32, Bool, Timetable

MAGIC = b"RLABTIME"
FORMAT = 2
ALIGNMENT = 64
"""Bytes."""
MAX_HEADER = 64 << 20
"""Bytes; a longer header is damaged."""
_PREFIX = struct.Struct("<8sII")
_STRINGS: dict[str, np.dtype[Any]] = {
    "offsets": np.dtype("<i4"),
    "blob": np.dtype("u1"),
    "order": np.dtype("<i4"),
}
# By the aliases of the annotations: what an NDArray[…] is made of differs between NumPy's versions.
_DTYPE_CODES: dict[Any, str] = {I8: "<i1", I32: "<i4", F32: "<f4", F64: "<f8", Bool: "?"}
_SCALARS = ("feed_id", "first_day")
_HINTS = get_type_hints(Timetable)


class BadPackedFile(Exception):
    """The file is no packed timetable of this format, or is damaged."""


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


_TYPES = _array_types()


def write_packed(timetable: Timetable, folder: Path) -> PackedFile:
    """Write `<sha256>.timetable` into `folder`, atomically (fsync, then rename)."""
    arrays = {name: _array_of(timetable, name, dtype) for name, dtype in _TYPES.items()}
    folder.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with atomic_file(folder) as part:
        for piece in _pieces(_header(timetable, arrays), arrays):
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
    with path.open("rb") as file:
        try:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError as error:
            raise BadPackedFile(f"{path.name} is empty") from error
    header, start = _read_header(mapped, path.name)
    arrays = {
        name: _map_array(mapped, header["arrays"].get(name), start, name, dtype)
        for name, dtype in _TYPES.items()
    }
    values: dict[str, Any] = {name: header["scalars"][name] for name in _SCALARS}
    for field in fields(Timetable):
        if field.name in arrays:
            values[field.name] = arrays[field.name]
        elif field.name not in values:
            values[field.name] = Strings(*(arrays[f"{field.name}.{part}"] for part in _STRINGS))
    return Timetable(**values)


def checksum(path: Path) -> str:
    """The SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _array_of(timetable: Timetable, name: str, dtype: np.dtype[Any]) -> NDArray[Any]:
    field, _, part = name.partition(".")
    value = getattr(timetable, field)
    return np.ascontiguousarray(getattr(value, part) if part else value, dtype=dtype)


def _header(timetable: Timetable, arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """The JSON of the header. Offsets count from the end of the padded header."""
    offset, places = 0, {}
    for name, array in arrays.items():
        places[name] = {"dtype": array.dtype.str, "shape": array.shape, "offset": offset}
        offset += -(-array.nbytes // ALIGNMENT) * ALIGNMENT
    scalars = {name: getattr(timetable, name) for name in _SCALARS}
    text = json.dumps({"scalars": scalars, "arrays": places}, sort_keys=True, ensure_ascii=False)
    return text.encode()


def _pieces(header: bytes, arrays: Mapping[str, NDArray[Any]]) -> Iterator[bytes | memoryview]:
    """The bytes of the file in order, one array at a time."""
    start = _PREFIX.size + len(header)
    padding = -start % ALIGNMENT
    yield _PREFIX.pack(MAGIC, FORMAT, len(header) + padding)
    yield header + b" " * padding
    for array in arrays.values():
        yield memoryview(array.tobytes())
        yield b"\0" * (-array.nbytes % ALIGNMENT)


def _read_header(mapped: mmap.mmap, name: str) -> tuple[dict[str, Any], int]:
    """The header, and the position of the first array. `name`: of the file, for messages."""
    if len(mapped) < _PREFIX.size:
        raise BadPackedFile(f"{name} is too short")
    magic, version, length = _PREFIX.unpack_from(mapped)
    if magic != MAGIC:
        raise BadPackedFile(f"{name} is no packed timetable")
    if version != FORMAT:
        raise BadPackedFile(f"{name} has format {version}, this program reads {FORMAT}")
    start = _PREFIX.size + length
    if length > MAX_HEADER or start > len(mapped):
        raise BadPackedFile(f"{name} is cut in its header")
    try:
        header = json.loads(mapped[_PREFIX.size : start])
        if header["arrays"].keys() != _TYPES.keys() or set(header["scalars"]) != set(_SCALARS):
            raise BadPackedFile(f"{name} has other fields than this program reads")
    # TypeError, AttributeError: the JSON has another structure.
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise BadPackedFile(f"{name} has a damaged header") from error
    return header, start


def _map_array(
    mapped: mmap.mmap, place: Any, start: int, name: str, dtype: np.dtype[Any]
) -> NDArray[Any]:
    try:
        shape, offset = tuple(place["shape"]), start + place["offset"]
        if np.dtype(place["dtype"]) != dtype or any(n < 0 for n in shape):
            raise BadPackedFile(f"{name} has another type than this program reads")
        array = np.frombuffer(mapped, dtype=dtype, count=int(np.prod(shape)), offset=offset)
        return array.reshape(shape)
    except (KeyError, TypeError, ValueError) as error:
        raise BadPackedFile(f"{name} lies outside the file") from error
