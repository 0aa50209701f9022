"""Decompression that stops at a limit: what a gzip bomb promises is never built."""

import zlib


class TooLarge(Exception):
    """More than the limit would come out."""


class Broken(Exception):
    """The compressed stream is damaged, or ends too early."""


class Inflate:
    """Takes pieces of a gzip or zlib stream as they arrive, and keeps at most `limit` bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size = 0
        self._pieces: list[bytes] = []
        self._stream = zlib.decompressobj(wbits=47)  # 32 + 15: gzip or zlib, told by its header
        self._begun = False

    def feed(self, piece: bytes) -> None:
        """Raises TooLarge or Broken."""
        while piece:
            if self._stream.eof:  # gzip files may be several members, one after the other
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
