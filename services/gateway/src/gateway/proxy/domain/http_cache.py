"""What may be kept of a service's answer, for whom and how long (RFC 9111), in bounded memory.

Only what says it is public and for how long; never what add_vary by anything but language, format
and encoding. What is past its time may still be told when the service fails (RFC 5861 §4).
"""

import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from gateway.http.domain.content_encoding import (
    Gzip,
    add_vary,
    gzipped_headers,
    is_compressible,
    is_large_enough,
)
from gateway.http.domain.headers import Header, HeaderMap

LARGEST: Final = 512 * 1024
_BY: Final = (b"accept", b"accept-language")
_VARIES: Final = frozenset({*_BY, b"accept-encoding"})
_NEVER: Final = frozenset({"no-store", "no-cache", "private"})
_ALWAYS_ANEW: Final = frozenset({"must-revalidate", "proxy-revalidate"})
_OF_A_304: Final = frozenset({b"cache-control", b"etag", b"vary", b"content-location", b"expires"})
_TAG: Final = re.compile(rb'(?:W/)?("[^"]*")')

Key = tuple[bytes | str, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """For how many seconds an answer is fresh, and then may stand in for a service that fails."""

    fresh: float
    stale: float


@dataclass(slots=True)
class CachedResponse:
    """One answer. Instants: seconds of one clock; `made_at`: when its service answered, less the
    age it had then. `forms`: its headers and body, plain and, once asked for, gzipped."""

    key: Key
    headers: list[Header]
    body: bytes
    made_at: float
    terms: Terms
    compress: bool
    forms: dict[bool, tuple[list[Header], bytes]] = field(default_factory=dict)

    def is_fresh(self, now: float) -> bool:
        return now - self.made_at < self.terms.fresh

    def may_stand_in(self, now: float) -> bool:
        """Whether it may be told although it is past its time."""
        return now - self.made_at < self.terms.fresh + self.terms.stale

    def age(self, now: float) -> bytes:
        return b"%d" % max(0, int(now - self.made_at))

    def tag(self) -> bytes | None:
        return next((value for name, value in self.headers if name == b"etag"), None)

    def form(self, *, gzip: bool) -> tuple[list[Header], bytes]:
        """Headers and body for a caller that takes gzip, or not."""
        named = dict(self.headers)
        gzip = gzip and self.compress and is_compressible(named, 200) and is_large_enough(named)
        if (found := self.forms.get(gzip)) is None:
            found = self.forms[gzip] = self._make(named, gzip=gzip)
        return found

    def _make(self, named: HeaderMap, *, gzip: bool) -> tuple[list[Header], bytes]:
        headers, body = self.headers, self.body
        if self.compress and is_compressible(named, 200):
            headers = add_vary(headers)
        if gzip:
            encoder = Gzip()
            body = encoder.feed(body) + encoder.finish()
            headers = gzipped_headers(headers)
        headers = [header for header in headers if header[0] != b"content-length"]
        return [*headers, (b"content-length", b"%d" % len(body))], body

    def size(self) -> int:
        """Bytes, about; a gzipped form is counted before it is made, at half."""
        return len(self.body) * 3 // 2 + sum(len(n) + len(v) + 100 for n, v in self.headers) + 500


class CacheStore:
    """Answers kept, `most` bytes in all: what was not asked for longest goes first."""

    def __init__(self, most: int) -> None:
        self._most, self.held = most, 0
        self._kept: OrderedDict[Key, CachedResponse] = OrderedDict()

    def find(self, key: Key) -> CachedResponse | None:
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
        return kept

    def put(self, kept: CachedResponse) -> None:
        """Keep it instead of what was there."""
        if (before := self._kept.pop(kept.key, None)) is not None:
            self.held -= before.size()
        self._kept[kept.key] = kept
        self.held += kept.size()
        while self.held > self._most:
            _, gone = self._kept.popitem(last=False)
            self.held -= gone.size()


def key_of(service: str, target: str, named: HeaderMap) -> Key:
    """What makes two requests ask for the same: everything an answer that is kept may vary by."""
    return (service, target, *(named.get(name, b"") for name in _BY))


def headers_of(key: Key) -> list[Header]:
    """What such a request says of what it may vary by: this and nothing else reaches the service,
    or an answer could be kept under a name that is not its own."""
    _, _, *values = key
    told = zip(_BY, values, strict=True)
    return [(name, value) for name, value in told if isinstance(value, bytes) and value]


def terms_of(status: int, headers: Sequence[Header], *, longest_stale: float) -> Terms | None:
    """For how long that answer may be kept for anybody; None when it may not."""
    named: Mapping[bytes, bytes] = dict(headers)
    if status != 200 or b"set-cookie" in named or b"content-encoding" in named:
        return None
    if not _VARIES.issuperset(_list(named.get(b"vary", b""))):
        return None
    said = _directives(named.get(b"cache-control", b""))
    seconds = _seconds(said.get("s-maxage")) or _seconds(said.get("max-age"))
    if "public" not in said or _NEVER & said.keys() or not seconds:
        return None
    wish = _seconds(said.get("stale-if-error"))
    stale = longest_stale if wish is None else min(wish, longest_stale)
    return Terms(seconds, 0.0 if _ALWAYS_ANEW & said.keys() else stale)


def length_of(headers: Sequence[Header]) -> int | None:
    """The size it announces, None when it announces none."""
    found = dict(headers).get(b"content-length", b"")
    return int(found) if found.isdigit() else None


def age_of(headers: Sequence[Header]) -> float:
    """How old it says it is."""
    return _seconds(dict(headers).get(b"age", b"").decode("latin-1")) or 0.0


def has_already(named: HeaderMap, tag: bytes | None) -> bool:
    """Whether the caller holds it: weak comparison with its If-None-Match (RFC 9110 §13.1.2)."""
    told = named.get(b"if-none-match")
    if told is None or tag is None:
        return False
    opaque = tag.removeprefix(b"W/")
    return told.strip() == b"*" or opaque in _TAG.findall(told)


def headers_of_304(headers: Sequence[Header]) -> list[Header]:
    """Those that an answer without a body repeats (RFC 9110 §15.4.5)."""
    return [header for header in headers if header[0] in _OF_A_304]


def _directives(told: bytes) -> dict[str, str]:
    parts = (part.partition("=") for part in told.decode("latin-1").lower().split(","))
    return {name.strip(): value.strip().strip('"') for name, _, value in parts}


def _seconds(told: str | None) -> float | None:
    return float(told) if told is not None and told.isdigit() and len(told) < 10 else None


def _list(told: bytes) -> list[bytes]:
    return [part.strip().lower() for part in told.split(b",") if part.strip()]
