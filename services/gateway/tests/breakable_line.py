"""A way to a server that a test can cut, or let fall silent as a network does."""

import asyncio
from contextlib import AsyncExitStack, suppress
from urllib.parse import urlsplit, urlunsplit


class BreakableLine:
    """Carries bytes to `url`'s server and back. `url` leads to this line instead."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._to = parts.hostname, parts.port
        self._parts, self.url = parts, ""
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._open, self._refuses = asyncio.Event(), False
        self._open.set()

    async def start(self, stack: AsyncExitStack) -> "BreakableLine":
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        stack.push_async_callback(self._stop, server)
        port = server.sockets[0].getsockname()[1]
        login = self._parts.netloc.rpartition("@")[0]
        netloc = f"{login}@127.0.0.1:{port}" if login else f"127.0.0.1:{port}"
        self.url = urlunsplit(self._parts._replace(netloc=netloc))
        return self

    def cut(self) -> None:
        """Every connection ends; new ones do too."""
        self._refuses = True
        for writer in self._writers:
            writer.transport.abort()

    def fall_silent(self) -> None:
        """Nothing passes any more, and nobody is told."""
        self._open.clear()

    def mend(self) -> None:
        """What is new passes."""
        self._refuses = False
        self._open.set()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refuses:
            writer.transport.abort()
            return
        there = await asyncio.open_connection(*self._to)
        both = (self._half(reader, there[1]), self._half(there[0], writer))
        halves = [asyncio.create_task(each) for each in both]
        self._writers |= {writer, there[1]}
        self._tasks.update(halves)

    async def _half(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await source.read(65_536):
                await self._open.wait()
                target.write(data)
                await target.drain()
        target.close()

    async def _stop(self, server: asyncio.Server) -> None:
        server.close()
        for writer in self._writers:
            writer.transport.abort()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
