"""Files of arrays: written once, memory-mapped by every reader.

    magic 8 bytes · uint32 version · uint32 header length · header (JSON) · arrays

Each array starts at a multiple of 64 bytes and is little-endian; the header has its type, shape
and offset. The same content always gives the same bytes. docs/decisions/0006-packed-timetable.md
"""

import json
import mmap
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ALIGNMENT = 64
"""Bytes."""
MAX_HEADER = 64 << 20
"""Bytes; a longer header is damaged."""
_PREFIX = struct.Struct("<8sII")


class BadPackedFile(Exception):
    """The file is not of this format, or is damaged."""


@dataclass(frozen=True, slots=True)
class ArrayFormat:
    """What a file contains."""

    content: str
    """What it is, for messages."""
    magic: bytes
    """The first 8 bytes."""
    version: int
    types: Mapping[str, np.dtype[Any]]
    """The type of each array by its name, in the order of the file."""
    scalars: tuple[str, ...] = ()
    """The names of the values in the header."""

    def pieces(
        self, arrays: Mapping[str, NDArray[Any]], scalars: Mapping[str, Any]
    ) -> Iterator[bytes | memoryview]:
        """The bytes of a file in order, one array at a time."""
        arrays = {
            name: np.ascontiguousarray(arrays[name], dtype) for name, dtype in self.types.items()
        }
        header = _header(arrays, {name: scalars[name] for name in self.scalars})
        start = _PREFIX.size + len(header)
        padding = -start % ALIGNMENT
        yield _PREFIX.pack(self.magic, self.version, len(header) + padding)
        yield header + b" " * padding
        for array in arrays.values():
            yield memoryview(array.tobytes())
            yield b"\0" * (-array.nbytes % ALIGNMENT)

    def map(self, path: Path) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """The arrays and the scalars of a file, read-only: no copy, pages are read on access.

        Raises BadPackedFile if the header or the place of an array is not valid, OSError if the
        file cannot be read. The pages stay valid when the file is unlinked.
        """
        with path.open("rb") as file:
            try:
                mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            except ValueError as error:
                raise BadPackedFile(f"{path.name} is empty") from error
        header, start = self._read_header(mapped, path.name)
        arrays = {
            name: _map_array(mapped, header["arrays"].get(name), start, name, dtype)
            for name, dtype in self.types.items()
        }
        return arrays, header["scalars"]

    def _read_header(self, mapped: mmap.mmap, name: str) -> tuple[dict[str, Any], int]:
        """The header, and the position of the first array. `name`: of the file, for messages."""
        if len(mapped) < _PREFIX.size:
            raise BadPackedFile(f"{name} is too short")
        magic, version, length = _PREFIX.unpack_from(mapped)
        if magic != self.magic:
            raise BadPackedFile(f"{name} is no {self.content}")
        if version != self.version:
            raise BadPackedFile(f"{name} has format {version}, this program reads {self.version}")
        start = _PREFIX.size + length
        if length > MAX_HEADER or start > len(mapped):
            raise BadPackedFile(f"{name} is cut in its header")
        try:
            header = json.loads(mapped[_PREFIX.size : start])
            known = header["arrays"].keys() == self.types.keys()
            if not known or set(header["scalars"]) != set(self.scalars):
                raise BadPackedFile(f"{name} has other fields than this program reads")
        # TypeError, AttributeError: the JSON has another structure.
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            raise BadPackedFile(f"{name} has a damaged header") from error
        return header, start


def _header(arrays: Mapping[str, NDArray[Any]], scalars: Mapping[str, Any]) -> bytes:
    """The JSON of the header. Offsets count from the end of the padded header."""
    offset, places = 0, {}
    for name, array in arrays.items():
        places[name] = {"dtype": array.dtype.str, "shape": array.shape, "offset": offset}
        offset += -(-array.nbytes // ALIGNMENT) * ALIGNMENT
    text = json.dumps({"scalars": scalars, "arrays": places}, sort_keys=True, ensure_ascii=False)
    return text.encode()


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
