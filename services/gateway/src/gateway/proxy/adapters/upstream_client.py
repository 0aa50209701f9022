"""The HTTP/1.1 client of the data path: persistent connections to services.

Bytes are forwarded as they are: no content is decoded, no redirect followed, no cookie stored, no
target re-quoted. Only an idempotent request without a body is repeated here, once, on a new
connection, when a reused one turns out to be closed (RFC 9112 §9.3.1); `upstream_balancer` decides
on other retries.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import urlsplit

from gateway.http.domain.failures import ProtocolError, Unreachable, UpstreamTimeout
from gateway.http.domain.headers import Header
from gateway.proxy.adapters.upstream_connection import (
    EmptyResponse,
    HttpUpstreamResponse,
    UpstreamConnection,
)
from gateway.proxy.ports import UpstreamResponse

_IDEMPOTENT: Final = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})
_CONTENT_LENGTH: Final = b"content-length"
_PORTS: Final = {"http": 80, "https": 443}


class _ConnectionPool:
    """The connections to one address. The last used is reused first, so that others expire."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self.host = parts.hostname or ""
        self.tls = parts.scheme == "https"
        self.port = parts.port or _PORTS.get(parts.scheme, 80)
        self.host_header = f"host: {parts.netloc}\r\n".encode("ascii")
        self.free: list[UpstreamConnection] = []
        self.all: set[UpstreamConnection] = set()

    async def connect(self) -> UpstreamConnection:
        """Open a connection. Raises OSError."""
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(
            self._connection, self.host, self.port, ssl=self.tls or None
        )
        self.all.add(connection)
        return connection

    def take(self, after: float) -> UpstreamConnection | None:
        """A free connection that was used after `after`, a time of the loop; older ones are closed.
        None if there is none."""
        while self.free:
            connection = self.free.pop()
            if connection.usable(after):
                return connection
            connection.drop()
        return None

    def _connection(self) -> UpstreamConnection:
        return UpstreamConnection(free=self.free.append, lost=self._on_lost)

    def _on_lost(self, connection: UpstreamConnection) -> None:
        self.all.discard(connection)
        if connection in self.free:
            self.free.remove(connection)


class HttpUpstreamClient:
    """Implements `UpstreamClient`, for base addresses without a path.

    `connect_limit`: seconds within which a connection must open.
    `keep_alive`: seconds for which a free connection is reused; shorter than that of the services.
    """

    def __init__(self, *, connect_limit: float, keep_alive: float) -> None:
        self._connect_limit, self._keep_alive = connect_limit, keep_alive
        self._pools: dict[str, _ConnectionPool] = {}

    async def send(
        self,
        address: str,
        method: str,
        target: str,
        headers: Sequence[Header],
        body: AsyncIterator[bytes] | None,
    ) -> UpstreamResponse:
        pool = self._pools.get(address)
        if pool is None:
            pool = self._pools[address] = _ConnectionPool(address)
        chunked = body is not None and all(name != _CONTENT_LENGTH for name, _ in headers)
        head = _head(method, target, pool.host_header, headers, chunked=chunked, empty=body is None)
        reused = pool.take(asyncio.get_running_loop().time() - self._keep_alive)
        bodiless = method == "HEAD"
        if reused is not None:
            try:
                return await _exchange(reused, head, body, chunked=chunked, bodiless=bodiless)
            except EmptyResponse:
                if body is not None or method not in _IDEMPOTENT:
                    raise
        connection = await self._connect(pool)
        return await _exchange(connection, head, body, chunked=chunked, bodiless=bodiless)

    async def _connect(self, pool: _ConnectionPool) -> UpstreamConnection:
        try:
            async with asyncio.timeout(self._connect_limit):
                return await pool.connect()
        except TimeoutError as error:
            raise UpstreamTimeout("connect") from error
        except OSError as error:
            raise Unreachable(str(error)) from error

    def close(self) -> None:
        """Close every connection."""
        for pool in self._pools.values():
            for connection in tuple(pool.all):
                connection.drop()


@asynccontextmanager
async def open_upstream_client(
    *, connect_limit: float, keep_alive: float
) -> AsyncIterator[HttpUpstreamClient]:
    """A client while entered. The number of connections is not limited here, for streams."""
    client = HttpUpstreamClient(connect_limit=connect_limit, keep_alive=keep_alive)
    try:
        yield client
    finally:
        client.close()


async def _exchange(
    connection: UpstreamConnection,
    head: bytes,
    body: AsyncIterator[bytes] | None,
    *,
    chunked: bool,
    bodiless: bool,
) -> HttpUpstreamResponse:
    response = connection.start_exchange(head, body, chunked=chunked, bodiless=bodiless)
    try:
        await response.wait_for_head()
    except BaseException:
        response.close()
        raise
    return response


def _head(
    method: str,
    target: str,
    host_header: bytes,
    headers: Sequence[Header],
    *,
    chunked: bool,
    empty: bool,
) -> bytes:
    """The request line and the headers, as bytes. `empty`: there is no body.

    Raises ProtocolError if a header contains a line ending.
    """
    lines = [f"{method} {target} HTTP/1.1\r\n".encode("ascii"), host_header]
    lines += [b"%b: %b\r\n" % header for header in headers]
    if chunked:
        lines.append(b"transfer-encoding: chunked\r\n")
    elif empty and method in _WITH_BODY:
        lines.append(b"content-length: 0\r\n")
    head = b"".join(lines)
    # The callers' parser accepts no line ending in a value; one would split the request in two.
    if head.count(b"\n") != len(lines) or head.count(b"\r") != len(lines):
        raise ProtocolError("a line ending in a header")
    return head + b"\r\n"
