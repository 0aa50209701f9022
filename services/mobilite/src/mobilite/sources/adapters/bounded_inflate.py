"""Decompression with a size limit, against gzip bombs."""

import zlib
from typing import Final

_MAX_MEMBERS: Final = 1000
"""Gzip members in one response: each needs a new decompressor, even if it is empty."""


_GZIP_OR_ZLIB: Final = 32 + 15
"""`wbits` of zlib: the format is detected from the header, the window is of any size."""


class TooLarge(Exception):
    """The input, the output or the number of gzip members exceeds its limit."""


class DamagedStream(Exception):
    """The compressed stream is damaged or truncated."""


class BoundedInflate:
    """Decompresses pieces of a gzip or zlib stream, up to `limit` bytes.

    Input beyond twice the limit is refused: well-compressed data is smaller than its output.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size = self._received = self._members = 0
        self._pieces: list[bytes] = []
        self._stream = zlib.decompressobj(wbits=_GZIP_OR_ZLIB)
        self._started = False

    def feed(self, piece: bytes) -> None:
        """Decompress one more piece. Raises TooLarge or DamagedStream."""
        self._received += len(piece)
        if self._received > 2 * self._limit:
            raise TooLarge
        while piece:
            if self._stream.eof:  # a gzip stream can consist of several members
                self._members += 1
                if self._members >= _MAX_MEMBERS:
                    raise TooLarge
                self._stream, self._started = zlib.decompressobj(wbits=_GZIP_OR_ZLIB), False
            try:
                out = self._stream.decompress(piece, self._limit - self._size + 1)
            except zlib.error:
                raise DamagedStream from None
            self._started = True
            self._size += len(out)
            if self._size > self._limit:
                raise TooLarge
            self._pieces.append(out)
            piece = self._stream.unused_data or self._stream.unconsumed_tail

    def end(self) -> bytes:
        """The decompressed content; b"" if there was no input. Raises DamagedStream if the stream
        ends too early."""
        if self._started and not self._stream.eof:
            raise DamagedStream
        return b"".join(self._pieces)
