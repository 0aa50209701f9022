"""The bytes after a head are the body of that request: never a header or another request.

RFC 9112 §6.3 and §7.1, RFC 9110 §6.5.1 and §7.8; CWE-444.
"""

import asyncio

import pytest
from gateway_world import World, exchange, read_head

from gateway.routes.domain.routes import Limits

SMUGGLED = b"GET /echo/smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
CHUNKED = b"Host: x\r\nTransfer-Encoding: chunked\r\n\r\n"


class Service:
    """Answers `ok` once the body is complete; stores the heads it received."""

    def __init__(self) -> None:
        self.heads: list[list[bytes]] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await read_head(reader)
            self.heads.append(head)
            if any(line.lower() == b"transfer-encoding: chunked" for line in head):
                await read_chunks(reader)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            await writer.drain()

    def received(self, piece: bytes) -> bool:
        return any(piece in line.lower() for head in self.heads for line in head)


async def read_chunks(reader: asyncio.StreamReader) -> None:
    """A chunked body and its trailers. Raises EOFError if it is cut."""
    while (line := await reader.readline()) != b"0\r\n":
        if not line:
            raise EOFError
    await reader.readline()


async def in_two(port: int, first: bytes, then: bytes) -> bytes:
    """Send the head, then the rest once it was read; the bytes received until the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(first)
    await writer.drain()
    await asyncio.sleep(0.1)
    writer.write(then)
    try:
        async with asyncio.timeout(60):
            return await reader.read()
    finally:
        writer.close()


@pytest.mark.parametrize("begins", [b"POST", b"GET"])
@pytest.mark.parametrize("length", [b"Content-Length: %d\r\n" % len(SMUGGLED), None])
@pytest.mark.parametrize("protocol", [b"h2c", b"websocket", b"x"])
async def test_the_body_of_an_upgrade_is_no_second_request(
    world: World, begins: bytes, length: bytes | None, protocol: bytes
) -> None:
    service = Service()
    gateway = await world.gateway(await world.service(service))
    head = begins + b" /echo/x HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: " + protocol
    body = SMUGGLED if length else b"%x\r\n%s\r\n0\r\n\r\n" % (len(SMUGGLED), SMUGGLED)
    framing = length or b"Transfer-Encoding: chunked\r\n"
    raw = await in_two(gateway.port, head + b"\r\n" + framing + b"\r\n", body)
    assert raw.startswith(b"HTTP/1.1 400 ")
    assert raw.count(b"HTTP/1.1 ") == 1
    assert service.heads == []


async def test_nothing_follows_an_upgrade_that_is_not_taken(world: World) -> None:
    service = Service()
    gateway = await world.gateway(await world.service(service))
    head = b"GET /echo/x HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\n"
    raw = await exchange(gateway.port, head + b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n")
    assert raw.startswith(b"HTTP/1.1 200 ")
    assert raw.endswith(b"ok")
    assert not service.received(b"upgrade")


async def test_a_trailer_is_never_a_header(world: World) -> None:
    service = Service()
    gateway = await world.gateway(await world.service(service), proxies="127.0.0.1")
    head = b"POST /echo/x HTTP/1.1\r\nX-Forwarded-For: 192.0.2.1\r\n" + CHUNKED
    trailers = b"X-Forwarded-For: 192.0.2.9\r\nX-Late: yes\r\nHost: evil.example\r\n\r\n"
    close = b"GET /echo/y HTTP/1.1\r\nHost: x\r\nX-Own: yes\r\nConnection: close\r\n\r\n"
    raw = await exchange(gateway.port, head + b"2\r\nab\r\n0\r\n" + trailers + close)
    assert raw.count(b"HTTP/1.1 200 ") == 2
    assert service.received(b"x-forwarded-for: 192.0.2.1")
    assert service.received(b"x-own: yes")
    for piece in (b"192.0.2.9", b"x-late", b"evil.example"):
        assert not service.received(piece)


@pytest.mark.parametrize(
    "framing",
    [b"0\r\n" + b"X: y\r\n" * 50_000, b"0\r\nX: " + b"y" * 300_000, b"1;x=" + b"y" * 300_000],
    ids=["many trailers", "a long trailer", "a long chunk extension"],
)
async def test_what_frames_a_body_is_bounded_as_a_head_is(world: World, framing: bytes) -> None:
    gateway = await world.gateway(await world.service(Service()))
    raw = await in_two(gateway.port, b"POST /echo/x HTTP/1.1\r\n" + CHUNKED, framing)
    assert raw.startswith(b"HTTP/1.1 431 ")


async def test_a_body_in_pieces_of_one_byte_passes(world: World) -> None:
    service = Service()
    gateway = await world.gateway(await world.service(service))
    close = b"POST /echo/x HTTP/1.1\r\nConnection: close\r\n" + CHUNKED
    raw = await in_two(gateway.port, close, b"1\r\na\r\n" * 60_000 + b"0\r\n\r\n")
    assert raw.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "coding", [b"gzip, chunked", b"gzip,chunked", b"gzip\r\nTransfer-Encoding: chunked"]
)
async def test_an_unsupported_transfer_coding_is_refused(world: World, coding: bytes) -> None:
    service = Service()
    gateway = await world.gateway(await world.service(service), limits=Limits(idle=0.3))
    head = b"POST /echo/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: " + coding
    raw = await exchange(gateway.port, head + b"\r\n\r\n0\r\n\r\n")
    assert raw.startswith(b"HTTP/1.1 400 ")
    assert service.heads == []


async def test_a_length_of_many_digits_is_a_mistake_of_its_sender(world: World) -> None:
    service = Service()
    gateway = await world.gateway(await world.service(service))
    head = b"POST /echo/x HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"0" * 5000
    raw = await exchange(gateway.port, head + b"2\r\nConnection: close\r\n\r\nab")
    assert raw.startswith(b"HTTP/1.1 400 ")
    assert service.heads == []
