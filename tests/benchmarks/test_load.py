"""The load generator of the benchmarks, on servers that answer in one way or another."""

import asyncio
from typing import cast

from bench.measuring.load import load

_SLICE_SECONDS = 0.01


class _ChunkedServer(asyncio.Protocol):
    """Answers with the transfer encoding `chunked`, the last chunk a moment after the first."""

    early = 0
    """Requests received before the end of the response to the one before."""

    def __init__(self) -> None:
        self._answering = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        _ChunkedServer.early += self._answering
        self._answering = True
        self._transport.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n")
        asyncio.get_running_loop().call_later(_SLICE_SECONDS, self._finish)

    def _finish(self) -> None:
        self._answering = False
        self._transport.write(b"0\r\n\r\n")


def test_a_chunked_response_ends_with_its_last_chunk() -> None:
    async def scenario() -> None:
        server = await asyncio.get_running_loop().create_server(_ChunkedServer, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            found = await load(f"http://127.0.0.1:{port}", ["/"], connections=1, seconds=0.1)
        assert found.requests > 0
        assert found.failed == 0
        assert _ChunkedServer.early == 0

    asyncio.run(scenario())
