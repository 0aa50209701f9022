"""Compression at the door: large texts, for callers that accept it, never streams.

Content codings: RFC 9110 §8.4 and §12.5.3. A strong ETag names exact bytes; once they are
gzipped it can only be a weak one (§8.8.1).
"""

import re
import zlib
from collections.abc import Sequence
from typing import Final

from gateway.http.domain.headers import Header, Named

SMALLEST: Final = 1_400  # bytes: one packet costs the same, compressed or not
_LEVEL: Final = 1
_GZIP_WINDOW: Final = 31
_TEXT: Final = re.compile(
    rb"(?:text/(?!event-stream)[\w.+-]+|application/(?:[\w.-]+\+)?(?:json|xml)|image/svg\+xml)\s*(?:;|$)"
)
# Read in one pass whatever is sent: no two parts that follow one another can match the same bytes.
_GZIP: Final = re.compile(
    rb"(?:^|,)[ \t]*(?:gzip|\*)[ \t]*(?:;[ \t]*q=([0-9.]+)[ \t]*)?(?:,|$)", re.I
)


def accepts_gzip(named: Named) -> bool:
    """Whether the caller takes gzip: `q=0` is a refusal."""
    accepted = named.get(b"accept-encoding")
    found = _GZIP.search(accepted) if accepted else None
    return found is not None and (found.group(1) or b"1").strip(b"0.") != b""


def is_compressible(named: Named, status: int) -> bool:
    """Whether such an answer varies by accepted encoding: a whole text nobody encoded yet."""
    if status != 200 or b"content-encoding" in named:
        return False
    media = named.get(b"content-type")
    if media is None or _TEXT.match(media) is None:
        return False
    return b"no-transform" not in named.get(b"cache-control", b"")


def is_worth_it(named: Named) -> bool:
    """Whether the announced size, if any, is worth compressing."""
    length = named.get(b"content-length")
    return length is None or int(length) >= SMALLEST


def varies(headers: Sequence[Header]) -> list[Header]:
    """The same headers, saying that the answer depends on `Accept-Encoding`."""
    vary = dict(headers).get(b"vary")
    if vary is not None and (b"accept-encoding" in vary.lower() or vary.strip() == b"*"):
        return list(headers)
    return [*headers, (b"vary", b"accept-encoding")]


def gzipped_headers(headers: Sequence[Header]) -> list[Header]:
    """The headers of the compressed form: no length, no ranges, a weak ETag."""
    kept: list[Header] = []
    for name, value in headers:
        if name in (b"content-length", b"accept-ranges"):
            continue
        if name == b"etag" and not value.startswith(b"W/"):
            value = b"W/" + value
        kept.append((name, value))
    return [*kept, (b"content-encoding", b"gzip")]


class Gzip:
    """One answer being compressed, piece by piece."""

    def __init__(self) -> None:
        self._deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)

    def feed(self, chunk: bytes) -> bytes:
        """What can already be sent of it, maybe nothing."""
        return self._deflate.compress(chunk)

    def finish(self) -> bytes:
        """What remains."""
        return self._deflate.flush()
