"""The services behind, over HTTP/1.1 connections that are kept: the data path's own client.

Bytes are forwarded as they are: nothing is decoded, followed, remembered or re-quoted. A request is
repeated here once only, an idempotent one without a body, on a connection of its own, when a kept
one turns out to be dead (RFC 9112 §9.3.1); what else is repeated, `upstream_balancer` decides.
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
_ENCLOSING: Final = frozenset({"POST", "PUT", "PATCH"})
_LENGTH: Final = b"content-length"
_PORTS: Final = {"http": 80, "https": 443}


class _Place:
    """One address and its connections; the one used last is used next, so that the others age."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self.host = parts.hostname or ""
        self.tls = parts.scheme == "https"
        self.port = parts.port or _PORTS.get(parts.scheme, 80)
        self.named = f"host: {parts.netloc}\r\n".encode("ascii")
        self.free: list[UpstreamConnection] = []
        self.all: set[UpstreamConnection] = set()

    async def connect(self) -> UpstreamConnection:
        """A new connection. Raises OSError."""
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(
            self._connection, self.host, self.port, ssl=self.tls or None
        )
        self.all.add(connection)
        return connection

    def take(self, after: float) -> UpstreamConnection | None:
        """A kept one that was used after that instant of the loop; older ones are closed."""
        while self.free:
            connection = self.free.pop()
            if connection.usable(after):
                return connection
            connection.drop()
        return None

    def _connection(self) -> UpstreamConnection:
        return UpstreamConnection(free=self.free.append, lost=self._lost)

    def _lost(self, connection: UpstreamConnection) -> None:
        self.all.discard(connection)
        if connection in self.free:
            self.free.remove(connection)


class HttpUpstreamClient:
    """Implements `UpstreamClient`. An address is a base address, without a path. Seconds; `keep_alive`
    must be shorter than the services' own."""

    def __init__(self, *, connect_limit: float, keep_alive: float) -> None:
        self._connect_limit, self._keep_alive = connect_limit, keep_alive
        self._places: dict[str, _Place] = {}

    async def send(
        self,
        address: str,
        method: str,
        target: str,
        headers: Sequence[Header],
        body: AsyncIterator[bytes] | None,
    ) -> UpstreamResponse:
        place = self._places.get(address)
        if place is None:
            place = self._places[address] = _Place(address)
        chunked = body is not None and all(name != _LENGTH for name, _ in headers)
        head = _head(method, target, place.named, headers, chunked=chunked, empty=body is None)
        kept = place.take(asyncio.get_running_loop().time() - self._keep_alive)
        bodiless = method == "HEAD"
        if kept is not None:
            try:
                return await _ask(kept, head, body, chunked=chunked, bodiless=bodiless)
            except EmptyResponse:
                if body is not None or method not in _IDEMPOTENT:
                    raise
        connection = await self._connect(place)
        return await _ask(connection, head, body, chunked=chunked, bodiless=bodiless)

    async def _connect(self, place: _Place) -> UpstreamConnection:
        try:
            async with asyncio.timeout(self._connect_limit):
                return await place.connect()
        except TimeoutError as error:
            raise UpstreamTimeout("connect") from error
        except OSError as error:
            raise Unreachable(str(error)) from error

    def close(self) -> None:
        """End every connection."""
        for place in self._places.values():
            for connection in tuple(place.all):
                connection.drop()


@asynccontextmanager
async def open_upstream_client(
    *, connect_limit: float, keep_alive: float
) -> AsyncIterator[HttpUpstreamClient]:
    """The kept connections. Streams hold theirs, so there is no bound of their number here."""
    addresses = HttpUpstreamClient(connect_limit=connect_limit, keep_alive=keep_alive)
    try:
        yield addresses
    finally:
        addresses.close()


async def _ask(
    connection: UpstreamConnection,
    head: bytes,
    body: AsyncIterator[bytes] | None,
    *,
    chunked: bool,
    bodiless: bool,
) -> HttpUpstreamResponse:
    answer = connection.ask(head, body, chunked=chunked, bodiless=bodiless)
    try:
        await answer.headed()
    except BaseException:
        answer.close()
        raise
    return answer


def _head(
    method: str,
    target: str,
    named: bytes,
    headers: Sequence[Header],
    *,
    chunked: bool,
    empty: bool,
) -> bytes:
    """The request line and the headers. Raises ProtocolError for what would not be one request."""
    lines = [f"{method} {target} HTTP/1.1\r\n".encode("ascii"), named]
    lines += [b"%b: %b\r\n" % header for header in headers]
    if chunked:
        lines.append(b"transfer-encoding: chunked\r\n")
    elif empty and method in _ENCLOSING:
        lines.append(b"content-length: 0\r\n")
    head = b"".join(lines)
    # Callers' parser lets no line ending into a value. If it did, one request would become two.
    if head.count(b"\n") != len(lines) or head.count(b"\r") != len(lines):
        raise ProtocolError("a line ending in a header")
    return head + b"\r\n"
