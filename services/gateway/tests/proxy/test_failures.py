"""Services that refuse, hang, break the protocol or die, and callers that disconnect."""

import asyncio

import aiohttp
import pytest
from gateway_world import World, exchange, read_head

from gateway.routes.domain.routes import Limits
from socle.http import Message, Receive, Scope, Send

GET = b"GET /echo/x HTTP/1.1\r\nHost: x\r\n\r\n"


async def problem(client: aiohttp.ClientSession, url: str, **more: object) -> tuple[int, dict]:  # type: ignore[type-arg]
    async with client.get(url, **more) as answer:  # type: ignore[arg-type]
        assert answer.content_type == "application/problem+json"
        body = await answer.json()
        assert body["request_id"] == answer.headers["x-request-id"]
        return answer.status, {**body, "retry_after": answer.headers.get("retry-after")}


async def test_a_service_that_refuses_is_a_503(world: World, client: aiohttp.ClientSession) -> None:
    server = await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    gateway = await world.gateway(f"http://127.0.0.1:{port}")
    status, body = await problem(client, gateway.address + "/echo/x")
    assert status == 503
    assert body["type"] == "urn:regionlab:problem:unavailable"
    assert body["retry_after"] == "2"
    assert str(port) not in body["detail"]


async def test_a_name_that_leads_nowhere_is_a_503(
    world: World, client: aiohttp.ClientSession
) -> None:
    gateway = await world.gateway("http://nowhere.invalid:1")
    status, _ = await problem(client, gateway.address + "/echo/x")
    assert status == 503


async def test_a_service_that_hangs_is_a_504(world: World, client: aiohttp.ClientSession) -> None:
    closed = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        await reader.read()
        closed.set()

    gateway = await world.gateway(await world.service(talk), limits=Limits(first_byte=0.2))
    status, body = await problem(client, gateway.address + "/echo/x")
    assert status == 504
    assert body["type"] == "urn:regionlab:problem:timeout"
    assert "pas commencé à répondre" in body["detail"]
    await asyncio.wait_for(closed.wait(), 60)


async def test_an_answer_that_never_ends_is_cut_at_the_total(world: World) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"1\r\nx\r\n")
            await writer.drain()
            await asyncio.sleep(0.02)

    gateway = await world.gateway(await world.service(talk), limits=Limits(total=1.0))
    raw = await exchange(gateway.port, GET)
    assert raw.startswith(b"HTTP/1.1 200 ")
    assert not raw.endswith(b"0\r\n\r\n")


async def test_a_connection_that_never_opens_is_a_504(
    world: World, client: aiohttp.ClientSession
) -> None:
    # A full backlog: the kernel leaves further connections without an answer.
    import socket

    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    port = listener.getsockname()[1]
    fillers = [socket.socket() for _ in range(4)]
    for filler in fillers:
        filler.setblocking(False)
        filler.connect_ex(("127.0.0.1", port))
    gateway = await world.gateway(f"http://127.0.0.1:{port}", connect_limit=0.5)
    status, body = await problem(client, gateway.address + "/echo/x")
    for each in (*fillers, listener):
        each.close()
    assert status == 504
    assert "connexion" in body["detail"]


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00\x01\x02\x03 not http at all\r\n\r\n",
        b"<html>hello</html>\n" * 10,
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 12x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 20_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Evil: a\x00b\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Evil: a\x0bb\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnot-a-size\r\n",
        b"",
    ],
    ids=lambda garbage: garbage[:40].decode("latin-1").strip() or "nothing",
)
async def test_garbage_is_a_502(
    world: World, client: aiohttp.ClientSession, garbage: bytes
) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        writer.write(garbage)
        await writer.drain()

    gateway = await world.gateway(await world.service(talk))
    status, body = await problem(client, gateway.address + "/echo/x")
    assert status == 502
    assert body["type"] == "urn:regionlab:problem:bad_gateway"


@pytest.mark.parametrize(
    "head",
    [b"Content-Length: 1000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n3e8\r\n"],
    ids=["declared", "chunked"],
)
async def test_an_answer_cut_in_the_middle_looks_cut(world: World, head: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + head + b"x" * 500)
        await writer.drain()
        await asyncio.sleep(0.1)

    gateway = await world.gateway(await world.service(talk))
    raw = await exchange(gateway.port, GET)
    assert raw.startswith(b"HTTP/1.1 200 ")
    assert raw.count(b"x" * 100) >= 1
    assert not raw.endswith(b"0\r\n\r\n")


@pytest.mark.parametrize("accepted", [b"identity", b"gzip"])
async def test_an_answer_cut_for_http_1_0_is_reset(world: World, accepted: bytes) -> None:
    """Without a length, the end of the connection would be that of the response (RFC 9112 §6.3)."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        writer.write(head + b"Transfer-Encoding: chunked\r\n\r\n3e8\r\n" + b"x" * 500)
        await writer.drain()

    gateway = await world.gateway(await world.service(talk))
    request = b"GET /echo/x HTTP/1.0\r\nAccept-Encoding: %b\r\n\r\n" % accepted
    with pytest.raises(ConnectionResetError):
        await exchange(gateway.port, request)


async def test_a_caller_who_hangs_up_cancels_the_request_inside(world: World) -> None:
    requested, dropped = asyncio.Event(), asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        requested.set()
        await reader.read()
        dropped.set()

    gateway = await world.gateway(await world.service(talk))
    _, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write(GET)
    await asyncio.wait_for(requested.wait(), 60)
    writer.close()
    await asyncio.wait_for(dropped.wait(), 60)


async def test_a_caller_who_hangs_up_in_his_body_cancels_it_inside(world: World) -> None:
    got, dropped = asyncio.Event(), asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        await reader.readexactly(5)
        got.set()
        await reader.read()
        dropped.set()

    gateway = await world.gateway(await world.service(talk))
    _, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write(b"POST /echo/x HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello")
    await asyncio.wait_for(got.wait(), 60)
    writer.close()
    await asyncio.wait_for(dropped.wait(), 60)


@pytest.mark.parametrize(
    "sent",
    [
        b"Content-Length: 10\r\n\r\n{}",
        b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n",
    ],
)
@pytest.mark.parametrize("half_close", [True, False])
async def test_a_service_receives_no_end_of_a_body_that_is_cut_short(
    world: World, sent: bytes, half_close: bool
) -> None:
    messages: asyncio.Queue[Message] = asyncio.Queue()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        message: Message = {"more_body": True}
        while message.get("more_body"):
            message = await receive()
            messages.put_nowait(message)

    gateway = await world.gateway(await world.application(app))
    _, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write(b"POST /echo/x HTTP/1.1\r\nHost: x\r\n" + sent)
    received = b""
    async with asyncio.timeout(60):
        while received != b"{}":
            received += (await messages.get())["body"]
        if half_close:
            writer.write_eof()
        else:
            writer.close()
        assert (await messages.get())["type"] == "http.disconnect"
    writer.close()


async def test_a_half_closed_caller_costs_nothing_to_the_others(
    world: World, client: aiohttp.ClientSession
) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await read_head(reader)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            await writer.drain()

    gateway = await world.gateway(await world.service(talk))
    for _ in range(20):
        await exchange(gateway.port, GET, half_close=True)
        await exchange(gateway.port, GET[:10], half_close=True)
    async with client.get(gateway.address + "/echo/x") as answer:
        assert await answer.read() == b"ok"


async def test_a_body_that_stops_coming_is_a_408(world: World) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    gateway = await world.gateway(await world.service(talk), limits=Limits(idle=0.2))
    raw = await exchange(
        gateway.port, b"POST /echo/x HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello"
    )
    assert raw.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in raw.lower()


async def test_a_closed_reused_connection_is_not_the_callers_problem(
    world: World, client: aiohttp.ClientSession
) -> None:
    seen: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Declares a persistent connection, and closes it at the second request.
        seen.append((await read_head(reader))[0])
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()
        seen.append((await read_head(reader))[0])

    gateway = await world.gateway(await world.service(talk))
    for _ in range(2):
        async with client.get(gateway.address + "/echo/x") as answer:
            assert answer.status == 200
    assert len(seen) == 3
    async with client.post(gateway.address + "/echo/x", data=b"order") as answer:
        assert answer.status == 502
    assert [line.split()[0] for line in seen] == [b"GET", b"GET", b"GET", b"POST"]


async def test_a_redirection_is_the_callers_to_follow(
    world: World, client: aiohttp.ClientSession
) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        writer.write(b"HTTP/1.1 307 X\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    gateway = await world.gateway(await world.service(talk))
    url = gateway.address + "/echo/x"
    async with client.get(url, allow_redirects=False) as answer:
        assert answer.status == 307
        assert answer.headers["location"] == "/elsewhere"
