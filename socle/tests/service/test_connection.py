"""Clients that stop reading, by real sockets: cut, and nobody else the worse for it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from socle.service.connection import Connection, set_kernel_limits
from socle.service.server import Server, listen
from socle.testing import ServeApp

KIB = 1024
START = {"type": "http.response.start", "status": 200, "headers": []}


class Sending:
    """An application that tells `piece` again and again, `times` times, and hears who leaves."""

    def __init__(self, piece: bytes, times: int = 1_000_000) -> None:
        self.piece, self.times = piece, times
        self.sent = 0
        self.gone = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        leaving = asyncio.create_task(self._leaves(receive))
        await send(START)
        while self.sent < self.times and not self.gone.is_set():
            await send({"type": "http.response.body", "body": self.piece, "more_body": True})
            self.sent += 1
            await asyncio.sleep(0)
        if self.times < 1_000_000:
            await self.gone.wait()
        leaving.cancel()

    async def _leaves(self, receive: Any) -> None:
        while (await receive())["type"] != "http.disconnect":
            continue
        self.gone.set()


async def open_request(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A client with a small window that has asked, and reads nothing by itself."""
    host, _, port = address.removeprefix("http://").partition(":")
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * KIB)
    client.setblocking(False)
    await asyncio.get_running_loop().sock_connect(client, (host, int(port)))
    reader, writer = await asyncio.open_connection(sock=client, limit=KIB)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    return reader, writer


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Connection, "stalled_seconds", 0.8)


@pytest.mark.usefixtures("impatient")
async def test_who_stops_reading_is_cut(serve_app: ServeApp) -> None:
    app = Sending(bytes(16 * KIB))
    _, writer = await open_request(await serve_app(app))
    await asyncio.wait_for(app.gone.wait(), 60)
    # What the kernel's and our own buffers hold: little, since it was bounded.
    assert app.sent * 16 * KIB < 4 * KIB * KIB
    writer.transport.abort()


@pytest.mark.usefixtures("impatient")
async def test_a_slow_reader_receives_everything(serve_app: ServeApp) -> None:
    size = 512 * KIB

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({**START, "headers": [(b"content-length", b"%d" % size)]})
        await send({"type": "http.response.body", "body": bytes(size)})

    reader, writer = await open_request(await serve_app(app))
    await reader.readuntil(b"\r\n\r\n")
    received = 0
    # Several times longer than one may take nothing.
    while data := await reader.read(8 * KIB):
        received += len(data)
        await asyncio.sleep(0.04)
    writer.close()
    assert received == size


@pytest_asyncio.fixture
async def hasty_kernel() -> AsyncIterator[tuple[Server, Sending]]:
    """A server whose kernel waits half a second, and an application that says a little."""
    app = Sending(bytes(KIB), times=48)
    listening = listen("127.0.0.1", 0)
    set_kernel_limits(listening, seconds=0.5)
    server = Server(app, listening, grace_seconds=1.0)
    serving = asyncio.create_task(server.serve())
    yield server, app
    server.abandon()
    await serving


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="Linux bounds it, others not")
async def test_what_waits_in_the_kernel_alone_is_bounded_too(
    hasty_kernel: tuple[Server, Sending],
) -> None:
    server, app = hasty_kernel
    _, writer = await open_request(server.address)
    await asyncio.wait_for(app.gone.wait(), 60)
    assert app.sent == app.times
    writer.transport.abort()
