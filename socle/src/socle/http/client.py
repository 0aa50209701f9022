"""The HTTP client: bounded waits, a bounded pool, and the trace sent to the next hop."""

from typing import Final
from urllib.request import getproxies_environment

import aiohttp

from socle.http.ssrf_guard import PublicOnlyConnector
from socle.telemetry import current_request_id, current_trace

# Less than the servers' keep-alive (`socle.service.server`): if the server closed first, a request
# could arrive at a connection that is being closed.
_KEEP_ALIVE_SECONDS: Final = 30.0


async def carry_context(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Client middleware: adds `traceparent` and `x-request-id` of the current request."""
    if trace := current_trace():
        request.headers["traceparent"] = trace.traceparent
    if request_id := current_request_id():
        request.headers["x-request-id"] = request_id
    return await handler(request)


def http_client(
    *,
    time_limit: float | None = 10.0,
    connect_limit: float = 3.0,
    connections: int = 100,
    decompress: bool = True,
    outside: bool = False,
) -> aiohttp.ClientSession:
    """A session to enter with `async with`, inside a running loop.

    `time_limit`: seconds for a complete exchange; None leaves it to the caller (streams).
    `connect_limit`: seconds to open a connection.
    `connections`: how many can be open.
    `decompress`: decode compressed bodies.
    `outside`: for third-party servers. No trace headers are sent, HTTP(S)_PROXY is used, internal
    addresses are refused within `socle.http.trusting_origin` (only there), and `connections` does
    not apply, because servers that hang would block requests to the others.
    """
    connector_type = PublicOnlyConnector if outside else aiohttp.TCPConnector
    limit = 0 if outside else connections
    return aiohttp.ClientSession(
        connector=connector_type(limit=limit, keepalive_timeout=_KEEP_ALIVE_SECONDS),
        timeout=aiohttp.ClientTimeout(total=time_limit, sock_connect=connect_limit),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=decompress,
        # Without a proxy in the environment, it is not looked for at each request.
        trust_env=outside and bool(getproxies_environment()),
        middlewares=() if outside else (carry_context,),
    )


async def read_bounded(answer: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    """The complete body. Raises ValueError if it is longer than `max_bytes`."""
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > max_bytes:
            raise ValueError(f"more than {max_bytes} bytes")
    return bytes(body)
