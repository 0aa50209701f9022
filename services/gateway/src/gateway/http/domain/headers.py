"""Which headers cross the door, in each direction.

Names are lower-case bytes, as ASGI gives them. Hop-by-hop: RFC 9110 §7.6.1; the trace: W3C Trace
Context §3.3.1. Whatever tells a service who is calling is written here or not at all: what a
caller sends under those names is dropped.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

Header = tuple[bytes, bytes]
# By name, for looking at: the last one wins where a name comes twice.
Named = Mapping[bytes, bytes]

_HOP: Final = frozenset(
    {
        b"connection",
        b"http2-settings",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
# Said by the door alone, or ways to make a service answer another address or method than the one
# the route table judged. Credentials are the door's business and end here.
_NOT_INWARD: Final = _HOP | {
    b"authorization",
    b"content-length",
    b"cookie",
    b"expect",
    b"forwarded",
    b"host",
    b"traceparent",
    b"tracestate",
    b"x-api-key",
    b"x-client-ip",
    b"x-forwarded-for",
    b"x-forwarded-host",
    b"x-forwarded-port",
    b"x-forwarded-prefix",
    b"x-forwarded-proto",
    b"x-forwarded-server",
    b"x-http-method",
    b"x-http-method-override",
    b"x-method-override",
    b"x-original-url",
    b"x-real-ip",
    b"x-request-id",
    b"x-rewrite-url",
}
# Whose pages may read an answer, the door says (`gateway.http.domain.cors`).
_NOT_OUTWARD: Final = _HOP | {
    b"access-control-allow-credentials",
    b"access-control-allow-headers",
    b"access-control-allow-methods",
    b"access-control-allow-origin",
    b"access-control-expose-headers",
    b"access-control-max-age",
    b"date",
    b"server",
    b"set-cookie",
    b"traceparent",
    b"x-powered-by",
    b"x-request-id",
}
_OURS: Final = b"x-regionlab-"
_TOKEN: Final = b"x-regionlab-token"
_UNSENDABLE: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


class Context(NamedTuple):
    """What the door tells a service about the caller and the request. `token`: the one it
    verifies (`socle.auth`), which says who calls."""

    client: str
    proto: str
    host: bytes
    request_id: str
    traceparent: str
    trace_continues: bool
    token: bytes


def inward(
    headers: Sequence[Header],
    context: Context,
    *,
    length: bytes | None,
    credentials: bool = False,
    cookie: bytes | None = None,
) -> list[Header]:
    """The headers a service receives. `length` is the declared size of the body, if it has one;
    `credentials`: the service judges the caller's own, which end at the door otherwise; `cookie`:
    all it is told of the caller's cookies (`name=value`)."""
    named = _named_by_connection(headers)
    kept = [
        header
        for header in headers
        if (name := header[0]) not in _NOT_INWARD
        and not name.startswith(_OURS)
        # `X_Forwarded_For` is read as `X-Forwarded-For` by some servers.
        and b"_" not in name
        and name not in named
    ]
    if credentials:
        kept += [header for header in headers if header[0] == b"authorization"]
    if cookie is not None:
        kept.append((b"cookie", cookie))
    if context.trace_continues:
        kept += [header for header in headers if header[0] == b"tracestate"]
    if length is not None:
        kept.append((b"content-length", length))
    kept += [
        (b"x-forwarded-for", context.client.encode()),
        (b"x-forwarded-proto", context.proto.encode()),
        (b"x-forwarded-host", context.host),
        (b"x-request-id", context.request_id.encode()),
        (b"traceparent", context.traceparent.encode()),
        (_TOKEN, context.token),
    ]
    return kept


def outward(headers: Sequence[Header], *, status: int, cookie: str | None = None) -> list[Header]:
    """The headers a caller receives from a service's answer. `cookie`: the one cookie it may give,
    by name; sessions are the door's."""
    named = _named_by_connection(headers)
    # 204 and 304 end with their headers (RFC 9112 §6.3): a length would announce a body.
    bodiless = status in (204, 304)
    given = f"{cookie}=".encode() if cookie else None
    told = [
        header
        for header in headers
        if (name := header[0]) not in _NOT_OUTWARD
        and not name.startswith(_OURS)
        and name not in named
        and not (bodiless and name == b"content-length")
    ]
    if given is not None:
        told += [each for each in headers if each[0] == b"set-cookie" and each[1].startswith(given)]
    return told


def sendable(headers: Iterable[Header]) -> bool:
    """Whether no value holds a control character, which would let one header become two."""
    return _UNSENDABLE.search(b"\t".join([value for _, value in headers])) is None


def client_address(peer: str, forwarded_for: bytes | None, *, proxies: int) -> str:
    """Who calls: the peer, or what the outermost of our own `proxies` says it saw.

    Each proxy appends the address it was called from, so ours are the last ones; anything before
    them is the caller's own claim.
    """
    if proxies == 0 or not forwarded_for:
        return peer
    seen = [part.strip() for part in forwarded_for.decode("latin-1").split(",")]
    return seen[-proxies] if len(seen) >= proxies else seen[0]


def _named_by_connection(headers: Iterable[Header]) -> frozenset[bytes]:
    named: set[bytes] = set()
    for name, value in headers:
        if name == b"connection":
            named.update(token.strip().lower() for token in value.split(b","))
    return frozenset(named)
