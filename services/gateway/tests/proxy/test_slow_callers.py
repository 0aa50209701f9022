"""Slow senders and slow readers hold their own connection, and no other caller's slot."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from gateway_world import World, exchange, read_head

from gateway.http.api.connection import MAX_PIPELINED
from gateway.proxy.domain.load_shedding import LoadShedding
from gateway.routes.domain.routes import Limits
from socle.testing import until

LARGE = 20_000_000
CLOSE = b"GET /echo/quick HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers `/large` with a large body, other requests with `ok` once their body is complete."""
    while True:
        head = await read_head(reader)
        if b"/large" in head[0]:
            writer.write(b"HTTP/1.1 200 X\r\nContent-Length: %d\r\n\r\n" % LARGE + bytes(LARGE))
        else:
            lengths = [line for line in head if line.lower().startswith(b"content-length: ")]
            for length in lengths:
                await reader.readexactly(int(length.split()[1]))
            writer.write(b"HTTP/1.1 200 X\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /echo/large HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /echo/x HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab",
    ],
    ids=["who does not take the answer", "who does not give the body"],
)
async def test_slow_callers_take_no_other_callers_slot(world: World, sent: bytes) -> None:
    shedding = LoadShedding(max_requests=5)
    gateway = await world.gateway(await world.service(talk), shedding=shedding, limits=Limits())
    slow = [await asyncio.open_connection("127.0.0.1", gateway.port) for _ in range(20)]
    for reader, writer in slow:
        writer.write(sent)
        await writer.drain()
        if b"large" in sent:
            assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")

    async def served() -> bool:
        return (await exchange(gateway.port, CLOSE)).endswith(b"\r\n\r\nok")

    assert await served()
    for _, writer in slow:
        writer.transport.abort()

    async def anonymous() -> bool:
        return not gateway.server.server_state.tasks

    await until(anonymous)
    assert shedding.in_progress == 0


ONE = b"GET /echo/x HTTP/1.1\r\nHost: x\r\n\r\n"


async def test_a_few_pipelined_requests_can_wait_not_thousands(world: World) -> None:
    gateway = await world.gateway(await world.service(talk))
    raw = await exchange(gateway.port, ONE * MAX_PIPELINED + CLOSE)
    assert raw.count(b"HTTP/1.1 200 ") == MAX_PIPELINED + 1
    assert raw.endswith(b"\r\n\r\nok")
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    with suppress(ConnectionError):
        writer.write(ONE * 5_000)
        await writer.drain()
        async with asyncio.timeout(60):
            assert (await reader.read()).count(b"HTTP/1.1 ") < MAX_PIPELINED
    writer.close()


async def test_a_refusal_is_not_sent_within_another_response(world: World) -> None:
    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        writer.write(b"HTTP/1.1 200 X\r\nContent-Length: 9\r\n\r\nab")
        await reader.read()

    gateway = await world.gateway(await world.service(half))
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write(ONE)
    await reader.readuntil(b"\r\n\r\nab")
    writer.write(ONE + b"garbage\r\n\r\n")
    async with asyncio.timeout(60):
        assert await reader.read() == b""
    writer.close()


async def test_who_hangs_up_with_a_request_waiting_leaves_nothing_behind(world: World) -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        writer.write(b"HTTP/1.1 200 X\r\nContent-Type: text/event-stream\r\n\r\n")
        while True:
            writer.write(b"data: 1\n\n")
            await writer.drain()
            await asyncio.sleep(0.05)

    gateway = await world.gateway(await world.service(endless))
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write(b"GET /echo/stream HTTP/1.1\r\nHost: x\r\n\r\n" + ONE)
    await reader.readuntil(b"data: 1\n\n")
    writer.transport.abort()

    async def anonymous() -> bool:
        return not gateway.server.server_state.tasks

    await until(anonymous)


async def test_a_body_is_not_lost_while_its_service_is_slow_to_connect(world: World) -> None:
    """The kernel drops a connection request when the queue is full; the client repeats it."""

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(EOFError):
            await talk(reader, writer)
        writer.close()

    listener = socket.create_server(("127.0.0.1", 0), backlog=0)
    port = listener.getsockname()[1]
    with suppress(TimeoutError):
        for _ in range(9):
            async with asyncio.timeout(0.2):
                await world.stack.enter_async_context(connected(port))
    gateway = await world.gateway(f"http://127.0.0.1:{port}", limits=Limits(idle=5.0))
    sent = b"PUT /echo/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc"
    answered = asyncio.create_task(exchange(gateway.port, sent))
    # Longer than the delay after which the gateway watches for disconnections.
    await asyncio.sleep(0.5)
    server = await asyncio.start_server(served, sock=listener)
    assert (await answered).endswith(b"\r\n\r\nok")
    server.close()


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[None]:
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    yield
    writer.close()
