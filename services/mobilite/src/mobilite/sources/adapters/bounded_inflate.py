"""Decompression that stops at a limit: what a gzip bomb promises is never built."""

import zlib
from typing import Final

_MOST_MEMBERS: Final = 1000
"""Gzip streams in one answer: a member of nothing costs a decompressor all the same."""


class TooLarge(Exception):
    """More than the limit would come out, or goes in."""


class Broken(Exception):
    """The compressed stream is damaged, or ends too early."""


class Inflate:
    """Takes pieces of a gzip or zlib stream as they arrive, and keeps at most `limit` bytes.

    What is compressed well is smaller than what comes out of it: one that is twice the limit
    only makes us work.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size = self._taken = self._members = 0
        self._pieces: list[bytes] = []
        self._stream = zlib.decompressobj(wbits=47)  # 32 + 15: gzip or zlib, told by its header
        self._begun = False

    def feed(self, piece: bytes) -> None:
        """Raises TooLarge or Broken."""
        self._taken += len(piece)
        if self._taken > 2 * self._limit:
            raise TooLarge
        while piece:
            if self._stream.eof:  # gzip files may be several members, one after the other
                self._members += 1
                if self._members >= _MOST_MEMBERS:
                    raise TooLarge
                self._stream, self._begun = zlib.decompressobj(wbits=47), False
            try:
                out = self._stream.decompress(piece, self._limit - self._size + 1)
            except zlib.error:
                raise Broken from None
            self._begun = True
            self._size += len(out)
            if self._size > self._limit:
                raise TooLarge
            self._pieces.append(out)
            piece = self._stream.unused_data or self._stream.unconsumed_tail

    def end(self) -> bytes:
        """Everything that came out. Raises Broken when the stream ends too early."""
        if self._begun and not self._stream.eof:
            raise Broken
        return b"".join(self._pieces)
