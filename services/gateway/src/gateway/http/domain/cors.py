"""Which pages of other sites may read an answer from within a browser.

    public    anyone's page, for reading, as nobody in particular (never a session)
    clients   pages of the origins registered applications name
    none      no page but ours

The door alone says so: what a service says of it is dropped. https://fetch.spec.whatwg.org/#http-cors-protocol
"""

from collections.abc import Callable, Iterable
from typing import Final, Literal

from gateway.http.domain.headers import Header

Cors = Literal["none", "public", "clients"]
Origins = Callable[[], frozenset[str]]
"""The origins of registered applications, as they are now (`https://app.example.org`)."""

_EXPOSED: Final = (
    b"Age, Cache-Status, Content-Location, ETag, Last-Modified, Link, Location, RateLimit, "
    b"RateLimit-Limit, RateLimit-Policy, RateLimit-Remaining, RateLimit-Reset, Retry-After, "
    b"Warning, X-Request-Id"
)
_ASKED: Final = (
    b"Accept, Accept-Language, Authorization, Content-Type, If-Match, If-Modified-Since, "
    b"If-None-Exist, If-None-Match, Last-Event-ID, Prefer, traceparent, X-Api-Key, X-Request-Id"
)
_KEPT: Final = b"7200"  # seconds; the most that browsers keep
_READ: Final = frozenset({"GET", "HEAD"})

_ANYONE: Final[tuple[Header, ...]] = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", _EXPOSED),
)


def allowed(cors: Cors, origin: bytes | None, origins: Origins) -> tuple[Header, ...]:
    """What every answer of such a route says to a page of that origin; nothing where it may not."""
    if cors == "public":
        return _ANYONE
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


def preflight(cors: Cors, methods: Iterable[str], told: tuple[Header, ...]) -> list[Header]:
    """The answer to a browser that asks before it sends. `told`: what `allowed` gave."""
    if not any(name == b"access-control-allow-origin" for name, _ in told):
        return []
    usable = sorted(_READ & set(methods) if cors == "public" else methods)
    return [
        (b"access-control-allow-methods", ", ".join(usable).encode()),
        (b"access-control-allow-headers", _ASKED),
        (b"access-control-max-age", _KEPT),
    ]
