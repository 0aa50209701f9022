"""A way to a broker that a test can cut. The broker tells its clients where it answers; on this
line it tells them the line's own port, so that they stay on it."""

import asyncio
import struct
from contextlib import AsyncExitStack, suppress

HOST = "127.0.0.1"


class BrokerLine:
    """Carries bytes to the broker at that address and back. `address` leads to it."""

    def __init__(self, broker: str) -> None:
        self._port = int(broker.rpartition(":")[2])
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._refuses = False
        self.address, self.carried = "", 0

    async def start(self, stack: AsyncExitStack) -> "BrokerLine":
        server = await asyncio.start_server(self._carry, HOST, 0)
        stack.push_async_callback(self._stop, server)
        own = server.sockets[0].getsockname()[1]
        self.address = f"{HOST}:{own}"
        # https://kafka.apache.org/protocol#The_Messages_Metadata: host, then its port as INT32.
        self._told, self._tells = (HOST.encode() + struct.pack(">i", p) for p in (self._port, own))
        return self

    def cut(self) -> None:
        """Every connection ends; new ones do too."""
        self._refuses = True
        for writer in self._writers:
            writer.transport.abort()

    def mend(self) -> None:
        """What is new passes."""
        self._refuses = False

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self._refuses:
                raise ConnectionRefusedError
            there = await asyncio.open_connection(HOST, self._port)
        except ConnectionError:
            writer.transport.abort()
            return
        self.carried += 1
        self._writers |= {writer, there[1]}
        for half in (self._half(reader, there[1]), self._half(there[0], writer)):
            self._tasks.add(asyncio.create_task(half))

    async def _half(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await source.read(1 << 20):
                target.write(data.replace(self._told, self._tells))
                await target.drain()
        target.close()

    async def _stop(self, server: asyncio.Server) -> None:
        server.close()
        for writer in self._writers:
            writer.transport.abort()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
