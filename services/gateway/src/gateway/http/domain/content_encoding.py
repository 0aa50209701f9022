"""Compression of responses: large texts and protobuf, for callers that accept gzip, never streams.

Content codings: RFC 9110 §8.4 and §12.5.3. A strong ETag names exact bytes; once they are
gzipped it can only be a weak one (§8.8.1).
"""

import re
import zlib
from collections.abc import Sequence
from typing import Final

from gateway.http.domain.headers import Header, HeaderMap

MIN_BYTES: Final = 1_400  # bytes: one packet costs the same, compressed or not
_LEVEL: Final = 1  # the fastest
_GZIP_WINDOW: Final = 31  # zlib's largest window, 15, and 16 for the gzip format
_COMPRESSIBLE: Final = re.compile(
    rb"(?:text/(?!event-stream)[\w.+-]+|application/(?:(?:[\w.-]+\+)?(?:json|xml)|x-protobuf)|image/svg\+xml)\s*(?:;|$)"
)
# Linear in its input: no two adjacent parts can match the same bytes.
_ACCEPTS_GZIP: Final = re.compile(
    rb"(?:^|,)[ \t]*(?:gzip|\*)[ \t]*(?:;[ \t]*q=([0-9.]+)[ \t]*)?(?:,|$)", re.I
)


def accepts_gzip(headers: HeaderMap) -> bool:
    """Whether the caller accepts gzip: the first of `gzip` and `*` counts, and `q=0` refuses it."""
    accepted = headers.get(b"accept-encoding")
    found = _ACCEPTS_GZIP.search(accepted) if accepted else None
    return found is not None and (found.group(1) or b"1").strip(b"0.") != b""


def is_compressible(headers: HeaderMap, status: int) -> bool:
    """Whether a response may be compressed: a complete (200) text, JSON, XML, SVG, or
    protobuf (GTFS-Realtime is mostly ids), without a content coding or `no-transform`; never an
    event stream."""
    if status != 200 or b"content-encoding" in headers:
        return False
    media = headers.get(b"content-type")
    if media is None or _COMPRESSIBLE.match(media) is None:
        return False
    return b"no-transform" not in headers.get(b"cache-control", b"")


def is_large_enough(headers: HeaderMap) -> bool:
    """Whether the declared size is large enough to compress; True if none is declared."""
    length = headers.get(b"content-length")
    return length is None or int(length) >= MIN_BYTES


def add_vary(headers: Sequence[Header]) -> list[Header]:
    """The same headers, with `Accept-Encoding` in `Vary`."""
    vary = dict(headers).get(b"vary")
    if vary is not None and (b"accept-encoding" in vary.lower() or vary.strip() == b"*"):
        return list(headers)
    return [*headers, (b"vary", b"accept-encoding")]


def gzipped_headers(headers: Sequence[Header]) -> list[Header]:
    """The headers of the compressed response: no length, no ranges, a weak ETag."""
    remaining: list[Header] = []
    for name, value in headers:
        if name in (b"content-length", b"accept-ranges"):
            continue
        if name == b"etag" and not value.startswith(b"W/"):
            value = b"W/" + value
        remaining.append((name, value))
    return [*remaining, (b"content-encoding", b"gzip")]


class Gzip:
    """One response body, compressed chunk by chunk."""

    def __init__(self) -> None:
        self._deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)

    def feed(self, chunk: bytes) -> bytes:
        """The compressed bytes that are ready, possibly none."""
        return self._deflate.compress(chunk)

    def finish(self) -> bytes:
        """The last bytes."""
        return self._deflate.flush()
