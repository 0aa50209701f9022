"""A TCP proxy in front of a server, which a test can cut or stall as a network does."""

import asyncio
import struct
from contextlib import AsyncExitStack, suppress
from urllib.parse import urlsplit, urlunsplit

_HOST = "127.0.0.1"


class TcpProxy:
    """Forwards bytes to a server and back."""

    def __init__(self, url: str, *, advertises_port: bool = False) -> None:
        """`url`: the server's, or its `host:port`. `advertises_port`: the server sends its own
        address to clients, as a Kafka broker does; the proxy replaces it by its own port, unless
        the address is split between two reads."""
        self._schemed = "//" in url
        self._parts = urlsplit(url if self._schemed else f"//{url}")
        self._advertises_port = advertises_port
        self._replacement: tuple[bytes, bytes] | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._open, self._refuses = asyncio.Event(), False
        self._open.set()
        self.url = ""
        """The URL, or `host:port`, of this proxy."""
        self.connections = 0
        """How many were forwarded."""

    async def start(self, stack: AsyncExitStack) -> "TcpProxy":
        """Forward until the stack ends. Returns the proxy."""
        server = await asyncio.start_server(self._carry, _HOST, 0)
        stack.push_async_callback(self._stop, server)
        port = server.sockets[0].getsockname()[1]
        login, at, _ = self._parts.netloc.rpartition("@")
        url = urlunsplit(self._parts._replace(netloc=f"{login}{at}{_HOST}:{port}"))
        self.url = url if self._schemed else url.removeprefix("//")
        if self._advertises_port:
            self._replacement = _as_advertised(self._parts.port or 0), _as_advertised(port)
        return self

    def cut(self) -> None:
        """Abort every connection, and every new one."""
        self._refuses = True
        for writer in self._writers:
            writer.transport.abort()

    def stall(self) -> None:
        """Forward no more bytes, without closing any connection."""
        self._open.clear()

    def restore(self) -> None:
        """Accept and forward new connections again, and continue the stalled ones."""
        self._refuses = False
        self._open.set()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self._refuses:
                raise ConnectionRefusedError
            server_streams = await asyncio.open_connection(self._parts.hostname, self._parts.port)
        except ConnectionError:
            writer.transport.abort()
            return
        self.connections += 1
        self._writers |= {writer, server_streams[1]}
        for half in (self._half(reader, server_streams[1]), self._half(server_streams[0], writer)):
            self._tasks.add(asyncio.create_task(half))

    async def _half(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await source.read(1 << 20):
                await self._open.wait()
                target.write(data.replace(*self._replacement) if self._replacement else data)
                await target.drain()
        target.close()

    async def _stop(self, server: asyncio.Server) -> None:
        server.close()
        for writer in self._writers:
            writer.transport.abort()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _as_advertised(port: int) -> bytes:
    # https://kafka.apache.org/protocol#The_Messages_Metadata: host, then its port as INT32.
    return _HOST.encode() + struct.pack(">i", port)
