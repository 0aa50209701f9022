"""Which headers the gateway forwards, in each direction.

Names are lower-case bytes, as in ASGI. Hop-by-hop headers: RFC 9110 §7.6.1; tracing: W3C Trace
Context §3.3.1. Only this module writes the headers that identify a caller to a service: the same
names from a caller are dropped.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

Header = tuple[bytes, bytes]
HeaderMap = Mapping[bytes, bytes]
"""Headers by name; the last one if a name is repeated."""

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
# Written by the gateway alone, or able to make a service answer another path or method than the one
# the route table matched. Credentials are not forwarded.
_NOT_UPSTREAM: Final = _HOP | {
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
# CORS headers are the gateway's own (`gateway.http.domain.cors`).
_NOT_DOWNSTREAM: Final = _HOP | {
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
_INTERNAL_PREFIX: Final = b"x-regionlab-"
_TOKEN: Final = b"x-regionlab-token"
_UNSENDABLE: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


class Forwarded(NamedTuple):
    """What a service receives about the caller and the request."""

    client: str
    """Network address of the caller."""
    proto: str
    """`http` or `https`, as the caller used it."""
    host: bytes
    """The `Host` of the request."""
    request_id: str
    traceparent: str
    """The gateway's span (W3C Trace Context)."""
    trace_continues: bool
    """Whether the trace is the caller's, so that its `tracestate` is forwarded."""
    token: bytes
    """The signed identity of the caller, which the service verifies (`socle.auth`)."""


def upstream_headers(
    headers: Sequence[Header],
    forwarded: Forwarded,
    *,
    length: bytes | None,
    credentials: bool = False,
    cookie: bytes | None = None,
) -> list[Header]:
    """The headers of the request to a service.

    `length`: declared size of the body. `credentials`: whether to forward `Authorization`.
    `cookie`: the only cookie to forward (`name=value`).
    """
    connection_options = _connection_options(headers)
    forwarded_headers = [
        header
        for header in headers
        if (name := header[0]) not in _NOT_UPSTREAM
        and not name.startswith(_INTERNAL_PREFIX)
        # `X_Forwarded_For` is read as `X-Forwarded-For` by some servers.
        and b"_" not in name
        and name not in connection_options
    ]
    if credentials:
        forwarded_headers += [header for header in headers if header[0] == b"authorization"]
    if cookie is not None:
        forwarded_headers.append((b"cookie", cookie))
    if forwarded.trace_continues:
        forwarded_headers += [header for header in headers if header[0] == b"tracestate"]
    if length is not None:
        forwarded_headers.append((b"content-length", length))
    forwarded_headers += [
        (b"x-forwarded-for", forwarded.client.encode()),
        (b"x-forwarded-proto", forwarded.proto.encode()),
        (b"x-forwarded-host", forwarded.host),
        (b"x-request-id", forwarded.request_id.encode()),
        (b"traceparent", forwarded.traceparent.encode()),
        (_TOKEN, forwarded.token),
    ]
    return forwarded_headers


def downstream_headers(
    headers: Sequence[Header], *, status: int, cookie: str | None = None
) -> list[Header]:
    """The headers of the response to a caller. `cookie`: the name of the only cookie that the
    service may set; session cookies are the gateway's."""
    connection_options = _connection_options(headers)
    # 204 and 304 end with their headers (RFC 9112 §6.3): a length would announce a body.
    bodiless = status in (204, 304)
    cookie_prefix = f"{cookie}=".encode() if cookie else None
    returned = [
        header
        for header in headers
        if (name := header[0]) not in _NOT_DOWNSTREAM
        and not name.startswith(_INTERNAL_PREFIX)
        and name not in connection_options
        and not (bodiless and name == b"content-length")
    ]
    if cookie_prefix is not None:
        returned += [
            each
            for each in headers
            if each[0] == b"set-cookie" and each[1].startswith(cookie_prefix)
        ]
    return returned


def is_sendable(headers: Iterable[Header]) -> bool:
    """Whether no value has a control character other than a tab: it could split a header in two."""
    return _UNSENDABLE.search(b"\t".join([value for _, value in headers])) is None


def _connection_options(headers: Iterable[Header]) -> frozenset[bytes]:
    connection_options: set[bytes] = set()
    for name, value in headers:
        if name == b"connection":
            connection_options.update(token.strip().lower() for token in value.split(b","))
    return frozenset(connection_options)
