"""Requests that are too large, too slow or ambiguous are refused by the gateway with a reason."""

import asyncio

import aiohttp
import pytest
from gateway_world import World, exchange, read_head

from gateway.http.api.connection import GatewayConnection
from gateway.routes.domain.route_table import TABLE
from gateway.routes.domain.routes import Limits

CLOSE = b"Host: x\r\nConnection: close\r\n\r\n"


class Impatient(GatewayConnection):
    """The same code with a shorter time limit for the head: enough for who sends it at once."""

    head_seconds = 1.0


async def ok(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Reads request heads and answers `ok` to each."""
    while True:
        await read_head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()


async def test_a_ten_kilobyte_query_is_a_414(world: World, client: aiohttp.ClientSession) -> None:
    gateway = await world.gateway(await world.service(ok))
    async with client.get(gateway.address + "/echo/x?q=" + "a" * 10_000) as answer:
        assert answer.status == 414
        problem = await answer.json()
        assert problem["type"] == "urn:regionlab:problem:target_too_long"
        assert problem["request_id"] == answer.headers["x-request-id"]


async def test_huge_headers_are_a_431(world: World) -> None:
    gateway = await world.gateway(await world.service(ok))
    raw = await exchange(gateway.port, b"GET /echo/x HTTP/1.1\r\nX: " + b"a" * 200_000)
    assert raw.startswith(b"HTTP/1.1 431 ")
    assert b"urn:regionlab:problem:headers_too_large" in raw


async def test_endless_headers_after_a_first_request_are_a_431(world: World) -> None:
    gateway = await world.gateway(await world.service(ok))
    first = b"GET /echo/x HTTP/1.1\r\nHost: x\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write(first)
    assert (await reader.readuntil(b"\r\n\r\nok")).startswith(b"HTTP/1.1 200 ")
    writer.write(b"GET /echo/x HTTP/1.1\r\n" + b"X: y\r\n" * 20_000)
    assert (await reader.read()).startswith(b"HTTP/1.1 431 ")
    writer.close()


async def test_a_declared_body_over_the_limit_is_a_413_before_it_is_sent(world: World) -> None:
    gateway = await world.gateway(await world.service(ok), limits=Limits(body_bytes=1000))
    raw = await exchange(
        gateway.port,
        b"POST /echo/x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
        b"Content-Length: 1000000000\r\n\r\n",
        half_close=True,
    )
    assert raw.startswith(b"HTTP/1.1 413 ")
    assert b'"limit_bytes":1000' in raw


async def test_a_caller_who_sends_it_all_the_same_still_reads_the_413(world: World) -> None:
    gateway = await world.gateway(await world.service(ok), limits=Limits(body_bytes=1000))
    size = 2_000_000
    head = b"POST /echo/x HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % size
    raw = await exchange(gateway.port, head + bytes(size))
    assert raw.startswith(b"HTTP/1.1 413 ")
    assert b"urn:regionlab:problem:too_large" in raw


@pytest.mark.parametrize(
    ("path", "accept", "expected"),
    [
        (b"/fhir", b"*/*", b'"resourceType":"OperationOutcome"'),
        (b"/auth/authorize", b"text/html", b"<html"),
        (b"/mobilite/v1/journeys/x/watch", b"*/*", b"urn:regionlab:problem:too_large"),
    ],
)
async def test_a_413_in_any_format_is_read_before_the_body_was_sent_and_after(
    world: World, path: bytes, accept: bytes, expected: bytes
) -> None:
    gateway = await world.gateway("http://127.0.0.1:9", routes=TABLE)
    head = b"POST %b HTTP/1.1\r\nHost: x\r\nAccept: %b\r\n" % (path, accept)
    head += b"Content-Length: 40000000\r\n\r\n"
    for reads_first in (True, False):
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        writer.write(head)
        raw = await reader.readuntil(b"\r\n\r\n") if reads_first else b""
        for _ in range(40):
            writer.write(bytes(1_000_000))
            await writer.drain()
        async with asyncio.timeout(60):
            raw += await reader.read()
        assert raw.startswith(b"HTTP/1.1 413 ")
        assert expected in raw
        writer.close()


async def test_a_streamed_body_over_the_limit_is_a_413(world: World) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    gateway = await world.gateway(await world.service(talk), limits=Limits(body_bytes=1000))
    head = b"POST /echo/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    raw = await exchange(gateway.port, head + (b"190\r\n" + b"x" * 400 + b"\r\n") * 5)
    assert raw.startswith(b"HTTP/1.1 413 ")


async def test_a_slow_head_is_a_408_and_others_are_served_meanwhile(
    world: World, client: aiohttp.ClientSession
) -> None:
    gateway = await world.gateway(await world.service(ok), protocol=Impatient)
    slow = [
        asyncio.create_task(exchange(gateway.port, b"GET /echo/x HTTP/1.1\r\nX-Slow: "))
        for _ in range(50)
    ]
    async with client.get(gateway.address + "/echo/x") as answer:
        assert await answer.read() == b"ok"
    for raw in await asyncio.gather(*slow):
        assert raw.startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize("sent", [b"", b"\r\n"], ids=["nothing", "a line ending"])
async def test_a_silent_connection_is_closed(world: World, sent: bytes) -> None:
    gateway = await world.gateway(await world.service(ok), protocol=Impatient)
    raw = await exchange(gateway.port, sent)
    assert raw == b"" or raw.startswith(b"HTTP/1.1 408 ")


async def test_a_head_dripping_after_a_first_request_is_closed(world: World) -> None:
    gateway = await world.gateway(await world.service(ok), protocol=Impatient)
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write(b"GET /echo/x HTTP/1.1\r\nHost: x\r\n\r\n")
    await reader.readuntil(b"\r\n\r\nok")
    writer.write(b"\r\nGE")
    async with asyncio.timeout(60):
        assert (await reader.read()).startswith(b"HTTP/1.1 408 ")
    writer.close()


SMUGGLED = b"GET /echo/smuggled HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 6\r\n",
        b"Content-Length: 0\r\nContent-Length: 44\r\n",
        b"Content-Length: +5\r\n",
        b"Content-Length: 5, 6\r\n",
        b"Content-Length : 5\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Transfer-Encoding:\x0bchunked\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        b"X: y\r\n Content-Length: 5\r\n",
        b"X: a\rContent-Length: 5\r\n",
        b"X\x00Y: a\r\n",
        b"X: a\x00b\r\n",
    ],
)
async def test_two_requests_in_one_do_not_pass(world: World, head: bytes) -> None:
    seen: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            seen.append((await read_head(reader))[0])
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            await writer.drain()

    gateway = await world.gateway(await world.service(talk), limits=Limits(idle=0.3))
    sent = b"POST /echo/x HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n0\r\n\r\n" + SMUGGLED
    raw = await exchange(gateway.port, sent)
    assert raw.startswith(b"HTTP/1.1 400 ")
    assert not any(b"smuggled" in line for line in seen)


async def test_a_bare_line_feed_does_not_begin_a_header(world: World) -> None:
    seen: list[list[bytes]] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await read_head(reader))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()

    gateway = await world.gateway(await world.service(talk))
    await exchange(
        gateway.port, b"GET /echo/x HTTP/1.1\r\nX: a\nX-Regionlab-Subject: admin\r\n" + CLOSE
    )
    assert not any(b"admin" in line for head in seen for line in head)


@pytest.mark.parametrize(
    "line",
    [
        b"CONNECT evil.example:80 HTTP/1.1",
        b"GET /echo/\xff HTTP/1.1",
        b"GET /echo/a b HTTP/1.1",
        b"GET /echo/x HTTP/9.9",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
async def test_what_is_not_http_is_a_400_problem(world: World, line: bytes) -> None:
    gateway = await world.gateway(await world.service(ok))
    raw = await exchange(gateway.port, line + b"\r\n" + CLOSE)
    assert raw.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in raw


async def test_a_target_with_an_authority_is_judged_by_its_path(world: World) -> None:
    gateway = await world.gateway(await world.service(ok))
    raw = await exchange(gateway.port, b"GET http://evil.example/metrics HTTP/1.1\r\n" + CLOSE)
    assert raw.startswith(b"HTTP/1.1 404 ")


async def test_a_query_with_raw_bytes_does_not_break_the_gateway(world: World) -> None:
    gateway = await world.gateway(await world.service(ok))
    raw = await exchange(gateway.port, b"GET /echo/x?q=\xff\xfe HTTP/1.1\r\n" + CLOSE)
    assert raw.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    ("version", "hosts", "status"),
    [
        ("1.1", b"", b"400"),
        ("1.1", b"Host: a\r\nhost: b\r\n", b"400"),
        ("1.1", b"Host: a\r\n", b"200"),
        ("1.0", b"", b"200"),
    ],
)
async def test_a_request_names_one_host(
    world: World, version: str, hosts: bytes, status: bytes
) -> None:
    gateway = await world.gateway(await world.service(ok))
    head = f"GET /echo/x HTTP/{version}\r\nConnection: close\r\n".encode()
    raw = await exchange(gateway.port, head + hosts + b"\r\n")
    assert raw.split(b" ", 2)[1] == status


async def test_a_response_can_outlast_the_first_byte_limit(world: World) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no")
        await writer.drain()
        await asyncio.sleep(1.0)
        writer.write(b"k")
        await reader.read()

    gateway = await world.gateway(await world.service(talk), limits=Limits(first_byte=0.7))
    assert (await exchange(gateway.port, b"GET /echo/x HTTP/1.1\r\n" + CLOSE)).endswith(
        b"\r\n\r\nok"
    )


async def test_an_answer_that_never_ends_is_cut_at_its_total(world: World) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no")
        await reader.read()

    limits = Limits(first_byte=1.0, total=1.0)
    gateway = await world.gateway(await world.service(talk), limits=limits)
    assert (await exchange(gateway.port, b"GET /echo/x HTTP/1.1\r\n" + CLOSE)).endswith(
        b"\r\n\r\no"
    )
