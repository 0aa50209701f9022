"""A way to a server that a test can cut, or let fall silent as a network does."""

import asyncio
import struct
from contextlib import AsyncExitStack, suppress
from urllib.parse import urlsplit, urlunsplit

_HOST = "127.0.0.1"


class TcpProxy:
    """Carries bytes to a server and back. `url` leads to this line instead of there; `carried`: the
    connections that passed."""

    def __init__(self, url: str, *, advertises_port: bool = False) -> None:
        """`url`: the server's, or its `host:port`. `tells_port`: it tells its clients where it
        answers, as a Kafka broker does; they are told the line's port, so that they stay on it."""
        self._schemed = "//" in url
        self._parts = urlsplit(url if self._schemed else f"//{url}")
        self._tells_port = advertises_port
        self._swap: tuple[bytes, bytes] | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._open, self._refuses = asyncio.Event(), False
        self._open.set()
        self.url, self.connections = "", 0

    async def start(self, stack: AsyncExitStack) -> "TcpProxy":
        """Carry until the stack ends."""
        server = await asyncio.start_server(self._carry, _HOST, 0)
        stack.push_async_callback(self._stop, server)
        port = server.sockets[0].getsockname()[1]
        login, at, _ = self._parts.netloc.rpartition("@")
        url = urlunsplit(self._parts._replace(netloc=f"{login}{at}{_HOST}:{port}"))
        self.url = url if self._schemed else url.removeprefix("//")
        if self._tells_port:
            self._swap = _as_told(self._parts.port or 0), _as_told(port)
        return self

    def cut(self) -> None:
        """Every connection ends; new ones do too."""
        self._refuses = True
        for writer in self._writers:
            writer.transport.abort()

    def stall(self) -> None:
        """Nothing passes any more, and nobody is told."""
        self._open.clear()

    def restore(self) -> None:
        """What is new passes."""
        self._refuses = False
        self._open.set()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self._refuses:
                raise ConnectionRefusedError
            there = await asyncio.open_connection(self._parts.hostname, self._parts.port)
        except ConnectionError:
            writer.transport.abort()
            return
        self.connections += 1
        self._writers |= {writer, there[1]}
        for half in (self._half(reader, there[1]), self._half(there[0], writer)):
            self._tasks.add(asyncio.create_task(half))

    async def _half(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await source.read(1 << 20):
                await self._open.wait()
                target.write(data.replace(*self._swap) if self._swap else data)
                await target.drain()
        target.close()

    async def _stop(self, server: asyncio.Server) -> None:
        server.close()
        for writer in self._writers:
            writer.transport.abort()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _as_told(port: int) -> bytes:
    # https://kafka.apache.org/protocol#The_Messages_Metadata: host, then its port as INT32.
    return _HOST.encode() + struct.pack(">i", port)
