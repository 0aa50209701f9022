"""Cross-origin resource sharing: which origins may read a response in a browser.

    public    any origin, for reading, without credentials (never a session)
    clients   the origins that registered applications declare
    none      the platform's own origin only

The gateway alone writes these headers: those of a service are dropped. https://fetch.spec.whatwg.org/#http-cors-protocol
"""

from collections.abc import Callable, Iterable
from typing import Final, Literal

from gateway.http.domain.headers import Header

Cors = Literal["none", "public", "clients"]
"""Which origins may read the responses of a route (see above)."""
Origins = Callable[[], frozenset[str]]
"""The current origins of registered applications (`https://app.example.org`)."""

_EXPOSED: Final = (
    b"Age, Cache-Status, Content-Location, ETag, Last-Modified, Link, Location, RateLimit, "
    b"RateLimit-Limit, RateLimit-Policy, RateLimit-Remaining, RateLimit-Reset, Retry-After, "
    b"Warning, X-Request-Id, X-Security-Context"
)
_ALLOWED_HEADERS: Final = (
    b"Accept, Accept-Language, Authorization, Content-Digest, Content-Type, Digest, "
    b"Idempotency-Key, If-Match, If-Modified-Since, If-None-Exist, If-None-Match, Last-Event-ID, "
    b"Prefer, traceparent, X-Api-Key, X-Request-Id, X-Security-Context"
)
_MAX_AGE: Final = b"7200"  # seconds; the longest that browsers cache
_SAFE_METHODS: Final = frozenset({"GET", "HEAD"})

_ANY_ORIGIN: Final[tuple[Header, ...]] = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", _EXPOSED),
)


def cors_headers(cors: Cors, origin: bytes | None, origins: Origins) -> tuple[Header, ...]:
    """The CORS headers of a response to a page of that origin; at most `Vary` if the page may not
    read it. `origin`: None without an `Origin` header."""
    if cors == "public":
        return _ANY_ORIGIN
    if cors == "none":
        return ()
    vary = (b"vary", b"origin")
    if origin is None or origin.decode("latin-1") not in origins():
        return (vary,)
    return (
        (b"access-control-allow-origin", origin),
        (b"access-control-expose-headers", _EXPOSED),
        vary,
    )


def preflight_headers(
    cors: Cors, methods: Iterable[str], granted: tuple[Header, ...]
) -> list[Header]:
    """The headers that a preflight response has besides `granted`, the result of `cors_headers`;
    none if that grants nothing."""
    if not any(name == b"access-control-allow-origin" for name, _ in granted):
        return []
    usable = sorted(_SAFE_METHODS & set(methods) if cors == "public" else methods)
    return [
        (b"access-control-allow-methods", ", ".join(usable).encode()),
        (b"access-control-allow-headers", _ALLOWED_HEADERS),
        (b"access-control-max-age", _MAX_AGE),
    ]
