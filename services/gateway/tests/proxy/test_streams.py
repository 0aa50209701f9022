"""Streaming: events without delay, large bodies in little memory, slow readers."""

import asyncio
import socket
import tracemalloc

import aiohttp
from gateway_world import World, exchange, read_head

from gateway.callers.domain.identity import ANONYMOUS, Identity
from gateway.http.api.connection import GatewayConnection
from gateway.proxy.flows.open_streams import is_still_identified
from gateway.routes.domain.request_context import RequestContext
from gateway.routes.domain.routes import Limits
from socle.errors import Refusal
from socle.testing import until

EVENTS = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
MIB = 1024 * 1024


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


async def test_an_event_arrives_before_the_stream_ends(
    world: World, client: aiohttp.ClientSession
) -> None:
    go_on = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        writer.write(EVENTS)
        await writer.drain()
        await go_on.wait()
        writer.write(chunk(b"data: one\n\n"))
        await writer.drain()
        go_on.clear()
        await go_on.wait()
        writer.write(chunk(b"data: two\n\n") + b"0\r\n\r\n")
        await writer.drain()

    gateway = await world.gateway(await world.service(talk))
    headers = {"Accept-Encoding": "gzip"}
    async with client.get(gateway.address + "/echo/stream", headers=headers) as answer:
        # The headers arrive before the service sends a first event.
        assert answer.status == 200
        assert answer.content_type == "text/event-stream"
        go_on.set()
        assert await answer.content.readany() == b"data: one\n\n"
        go_on.set()
        assert await answer.content.read() == b"data: two\n\n"


async def test_a_stream_outlives_the_first_byte_limit_but_not_its_silence(world: World) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        writer.write(EVENTS)
        for _ in range(6):
            writer.write(chunk(b": beat\n\n"))
            await writer.drain()
            await asyncio.sleep(0.15)
        await reader.read()

    limits = Limits(first_byte=0.8, total=0.8, idle=1.0)
    gateway = await world.gateway(await world.service(talk), limits=limits)
    raw = await exchange(gateway.port, b"GET /echo/stream HTTP/1.1\r\nHost: x\r\n\r\n")
    assert raw.count(b": beat") == 6
    assert not raw.endswith(b"0\r\n\r\n")


async def test_a_caller_who_leaves_a_stream_ends_it_inside(
    world: World, client: aiohttp.ClientSession
) -> None:
    dropped = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        writer.write(EVENTS + chunk(b"data: one\n\n"))
        await writer.drain()
        await reader.read()
        dropped.set()

    gateway = await world.gateway(await world.service(talk))
    async with client.get(gateway.address + "/echo/stream") as answer:
        await answer.content.readany()
        answer.close()
    await asyncio.wait_for(dropped.wait(), 60)


async def test_streams_end_properly_when_the_process_stops(
    world: World, client: aiohttp.ClientSession
) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        writer.write(EVENTS + chunk(b"data: one\n\n"))
        await writer.drain()
        await reader.read()

    gateway = await world.gateway(await world.service(talk))
    async with client.get(gateway.address + "/echo/stream") as answer:
        assert await answer.content.readany() == b"data: one\n\n"
        gateway.streams.end_all()
        assert await answer.content.read() == b""


async def test_a_stream_ends_when_its_caller_is_no_longer_who_they_were(
    world: World, client: aiohttp.ClientSession
) -> None:
    people: dict[bytes, Identity | None] = {
        name: Identity("patient", subject=name.decode(), means="session", until=float(number))
        for number, name in enumerate((b"left", b"stays", b"unknown", b"moved"))
    }

    async def recognise(context: RequestContext) -> None:
        if (message := context.headers.get(b"cookie")) is not None:
            found = people[message]
            if found is None:
                raise Refusal("unavailable", "La base ne répond pas.")
            context.identity = found

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        writer.write(EVENTS + chunk(b"data: one\n\n"))
        await writer.drain()
        await reader.read()

    gateway = await world.gateway(await world.service(talk), stages=(recognise,))
    address = gateway.address + "/echo/stream"
    streams = {
        name: await client.get(address, headers={"cookie": name.decode()} if name else {})
        for name in (*people, b"")
    }
    for stream in streams.values():
        assert await stream.content.readany() == b"data: one\n\n"
    people[b"left"] = ANONYMOUS
    people[b"stays"] = Identity("patient", subject="stays", means="session", until=99.0)
    people[b"unknown"] = None
    people[b"moved"] = Identity("professional", subject="moved", means="session")
    await gateway.streams.check((is_still_identified((recognise,)),))
    for name in (b"left", b"moved"):
        assert await streams[name].content.read() == b""
    for name in (b"stays", b"unknown", b""):
        assert not streams[name].content.at_eof()
        streams[name].close()


async def test_a_gigabyte_comes_out_in_little_memory(world: World) -> None:
    size = 1024 * MIB
    block = bytes(MIB)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        for _ in range(size // MIB):
            writer.write(block)
            await writer.drain()

    gateway = await world.gateway(await world.service(talk))
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write(b"GET /echo/big HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")
    tracemalloc.start()
    received = 0
    while data := await reader.read(MIB):
        received += len(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    writer.close()
    assert received == size
    assert peak < 16 * MIB


async def test_a_big_body_goes_in_in_little_memory(world: World) -> None:
    size = 256 * MIB

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        received = 0
        while received < size:
            received += len(await reader.read(MIB))
        answer = b"%d" % received
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(answer), answer))
        await writer.drain()

    gateway = await world.gateway(await world.service(talk), limits=Limits(body_bytes=size))
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    tracemalloc.start()
    writer.write(
        b"POST /echo/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
        % size
    )
    block = bytes(MIB)
    for _ in range(size // MIB):
        writer.write(block)
        await writer.drain()
    answer = await reader.read()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    writer.close()
    assert answer.endswith(b"%d" % size)
    assert peak < 16 * MIB


async def test_a_slow_reader_slows_the_service(world: World) -> None:
    written = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        await read_head(reader)
        writer.write(EVENTS)
        while True:
            writer.write(chunk(bytes(65536)))
            await writer.drain()
            written += 65536

    gateway = await world.gateway(await world.service(talk))
    _, writer = await asyncio.open_connection("127.0.0.1", gateway.port, limit=65536)
    writer.write(b"GET /echo/stream HTTP/1.1\r\nHost: x\r\n\r\n")
    await until(lambda: written)
    before = -1
    while written != before:
        before = written
        await asyncio.sleep(0.3)
    writer.close()
    # The size of the kernel's and the gateway's buffers, and nothing more.
    assert 0 < written < 64 * MIB


async def test_who_stops_reading_a_stream_is_cut_and_frees_the_service(world: World) -> None:
    dropped = asyncio.Event()
    written = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        await read_head(reader)
        writer.write(EVENTS)
        try:
            while True:
                writer.write(chunk(bytes(16384)))
                await writer.drain()
                written += 16384
        except ConnectionError:
            dropped.set()

    class Impatient(GatewayConnection):
        stalled_seconds = 0.3

    gateway = await world.gateway(await world.service(talk), protocol=Impatient)
    stalled = socket.socket()
    stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    stalled.connect(("127.0.0.1", gateway.port))
    stalled.sendall(b"GET /echo/stream HTTP/1.1\r\nHost: x\r\n\r\n")
    await asyncio.wait_for(dropped.wait(), 60)
    stalled.close()
    assert 0 < written < 16 * MIB


async def test_an_idle_stream_does_not_hold_the_others(
    world: World, client: aiohttp.ClientSession
) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if b"/stream" in (await read_head(reader))[0]:
            writer.write(EVENTS)
            await reader.read()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()

    gateway = await world.gateway(await world.service(talk))
    streams = [await asyncio.open_connection("127.0.0.1", gateway.port) for _ in range(200)]
    for _, writer in streams:
        writer.write(b"GET /echo/stream HTTP/1.1\r\nHost: x\r\n\r\n")
    for reader, _ in streams:
        await reader.readuntil(b"\r\n\r\n")
    async with client.get(gateway.address + "/echo/x") as answer:
        assert await answer.read() == b"ok"
    for _, writer in streams:
        writer.close()
