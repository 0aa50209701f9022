"""NDJSON, compressed piece by piece. http://ndjson.org https://www.rfc-editor.org/rfc/rfc1951

Each chunk ends with a full flush: it begins at a byte and refers to no byte before it, so that it
is decompressed alone, and the chunks of a file together are one gzip stream.
"""

import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_LEVEL: Final = 1  # the fastest
_RAW: Final = -15  # zlib's largest window, without header and trailer
GZIP_HEADER: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x04\xff"
"""Of a gzip stream (RFC 1952) of unknown time and system, compressed fast."""
_LAST_BLOCK: Final = b"\x03\x00"


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a file: some of its lines."""

    content: bytes
    """Compressed."""
    lines: int
    size: int
    """Uncompressed bytes."""
    checksum: int
    """CRC-32 of the file up to its end."""


def ndjson_line(text: bytes) -> bytes:
    """The line of a resource. Line breaks in JSON are white space between its tokens."""
    return text.replace(b"\r", b" ").replace(b"\n", b" ") + b"\n"


def compress_lines(lines: Iterable[bytes], *, checksum: int) -> Chunk:
    """The chunk of those lines. `checksum`: CRC-32 of the file before it; 0 at its start."""
    deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW)
    parts, count, size = [], 0, 0
    for line in lines:
        parts.append(deflate.compress(line))
        checksum, count, size = zlib.crc32(line, checksum), count + 1, size + len(line)
    parts.append(deflate.flush(zlib.Z_FULL_FLUSH))
    return Chunk(b"".join(parts), count, size, checksum)


def decompress(content: bytes) -> bytes:
    """The lines of a chunk."""
    return zlib.decompressobj(_RAW).decompress(content)


def gzip_trailer(checksum: int, size: int) -> bytes:
    """The end of the gzip stream of a file, after its chunks."""
    return _LAST_BLOCK + struct.pack("<II", checksum, size & 0xFFFFFFFF)
