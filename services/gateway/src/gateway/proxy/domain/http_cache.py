"""The HTTP cache (RFC 9111): which responses are stored, for how long, in bounded memory.

Responses are stored only if they are public, with an explicit lifetime, and vary by language, media
type and encoding alone. A stale one may be served while the service fails (RFC 5861 §4).
"""

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

MAX_BODY_BYTES: Final = 512 * 1024
_KEY_HEADERS: Final = (b"accept", b"accept-language")
_ACCEPTED_VARY: Final = frozenset({*_KEY_HEADERS, b"accept-encoding"})
_NOT_STORED: Final = frozenset({"no-store", "no-cache", "private"})
_REVALIDATE: Final = frozenset({"must-revalidate", "proxy-revalidate"})
_HEADERS_OF_304: Final = frozenset(
    {b"cache-control", b"etag", b"vary", b"content-location", b"expires"}
)

Key = tuple[bytes | str, ...]
"""Service, target, and the values of the headers that a response may vary by (`key_of`)."""


@dataclass(frozen=True, slots=True)
class CacheTerms:
    """How long a response may be served, in seconds."""

    fresh: float
    """Without a request to the service."""
    stale: float
    """After that, if the service fails."""


@dataclass(slots=True)
class CachedResponse:
    """One stored response. Instants are monotonic seconds."""

    key: Key
    headers: list[Header]
    body: bytes
    made_at: float
    """When its service responded, less its `Age`."""
    terms: CacheTerms
    compress: bool
    """Whether its route allows compression."""
    forms: dict[bool, tuple[list[Header], bytes]] = field(default_factory=dict)
    """Gzipped or not → headers and body, made on demand."""

    def is_fresh(self, now: float) -> bool:
        return now - self.made_at < self.terms.fresh

    def is_usable_stale(self, now: float) -> bool:
        """Whether it may be served stale."""
        return now - self.made_at < self.terms.fresh + self.terms.stale

    def age(self, now: float) -> bytes:
        """The value of the `Age` header."""
        return b"%d" % max(0, int(now - self.made_at))

    def tag(self) -> bytes | None:
        """The value of the `ETag` header, if any."""
        return next((value for name, value in self.headers if name == b"etag"), None)

    def form(self, *, gzip: bool) -> tuple[list[Header], bytes]:
        """Headers and body for a caller that accepts gzip, or not."""
        by_name = dict(self.headers)
        gzip = gzip and self.compress and is_compressible(by_name, 200) and is_large_enough(by_name)
        if (found := self.forms.get(gzip)) is None:
            found = self.forms[gzip] = self._make(by_name, gzip=gzip)
        return found

    def _make(self, by_name: HeaderMap, *, gzip: bool) -> tuple[list[Header], bytes]:
        headers, body = self.headers, self.body
        if self.compress and is_compressible(by_name, 200):
            headers = add_vary(headers)
        if gzip:
            encoder = Gzip()
            body = encoder.feed(body) + encoder.finish()
            headers = gzipped_headers(headers)
        headers = [header for header in headers if header[0] != b"content-length"]
        return [*headers, (b"content-length", b"%d" % len(body))], body

    def size(self) -> int:
        """Its approximate size in bytes; the gzipped form is counted in advance, at half."""
        return len(self.body) * 3 // 2 + sum(len(n) + len(v) + 100 for n, v in self.headers) + 500


class CacheStore:
    """Stored responses, of `max_bytes` in all; the least recently used is dropped first."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes, self.size = max_bytes, 0
        self._stored: OrderedDict[Key, CachedResponse] = OrderedDict()

    def find(self, key: Key) -> CachedResponse | None:
        """The response of a key, fresh or not; this counts as a use. None if there is none."""
        response = self._stored.get(key)
        if response is not None:
            self._stored.move_to_end(key)
        return response

    def put(self, response: CachedResponse) -> None:
        """Store a response in place of the previous one."""
        if (previous := self._stored.pop(response.key, None)) is not None:
            self.size -= previous.size()
        self._stored[response.key] = response
        self.size += response.size()
        while self.size > self._max_bytes:
            _, dropped = self._stored.popitem(last=False)
            self.size -= dropped.size()


def key_of(service: str, target: str, by_name: HeaderMap) -> Key:
    """The cache key: everything that a stored response may vary by."""
    return (service, target, *(by_name.get(name, b"") for name in _KEY_HEADERS))


def headers_of(key: Key) -> list[Header]:
    """The headers of the key, the only ones of the caller that reach the service: otherwise a
    response could be stored under another key than its own."""
    _, _, *values = key
    pairs = zip(_KEY_HEADERS, values, strict=True)
    return [(name, value) for name, value in pairs if isinstance(value, bytes) and value]


def terms_of(status: int, headers: Sequence[Header], *, longest_stale: float) -> CacheTerms | None:
    """The terms under which a response may be stored for all callers; None if it may not.

    `longest_stale`: limit of `CacheTerms.stale`, and its default.
    """
    by_name: Mapping[bytes, bytes] = dict(headers)
    if status != 200 or b"set-cookie" in by_name or b"content-encoding" in by_name:
        return None
    if not _ACCEPTED_VARY.issuperset(_list(by_name.get(b"vary", b""))):
        return None
    directives = _directives(by_name.get(b"cache-control", b""))
    # For a shared cache `s-maxage` overrides `max-age`, 0 included (RFC 9111 §5.2.2.10).
    seconds = _seconds(directives.get("s-maxage"))
    if seconds is None:
        seconds = _seconds(directives.get("max-age"))
    if "public" not in directives or _NOT_STORED & directives.keys() or not seconds:
        return None
    stale_if_error = _seconds(directives.get("stale-if-error"))
    stale = longest_stale if stale_if_error is None else min(stale_if_error, longest_stale)
    return CacheTerms(seconds, 0.0 if _REVALIDATE & directives.keys() else stale)


def length_of(headers: Sequence[Header]) -> int | None:
    """The declared size, None if there is none."""
    found = dict(headers).get(b"content-length", b"")
    return int(found) if found.isdigit() else None


def age_of(headers: Sequence[Header]) -> float:
    """The value of `Age` in seconds; 0 without one."""
    return _seconds(dict(headers).get(b"age", b"").decode("latin-1")) or 0.0


def headers_of_304(headers: Sequence[Header]) -> list[Header]:
    """The headers that a 304 repeats (RFC 9110 §15.4.5)."""
    return [header for header in headers if header[0] in _HEADERS_OF_304]


def _directives(value: bytes) -> dict[str, str]:
    parts = (part.partition("=") for part in value.decode("latin-1").lower().split(","))
    return {name.strip(): value.strip().strip('"') for name, _, value in parts}


def _seconds(value: str | None) -> float | None:
    return float(value) if value is not None and value.isdecimal() and len(value) < 10 else None


def _list(value: bytes) -> list[bytes]:
    return [part.strip().lower() for part in value.split(b",") if part.strip()]
