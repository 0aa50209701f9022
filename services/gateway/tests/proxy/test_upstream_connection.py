"""Connections to services: the bytes of each response, and which connections are reused."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from gateway_world import World, read_head

from gateway.http.domain.failures import ProtocolError
from gateway.proxy.adapters.upstream_client import HttpUpstreamClient, open_upstream_client
from gateway.proxy.ports import UpstreamResponse

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Service:
    """Answers requests with `replies`, in order; `connections` and `heads`: what it received."""

    def __init__(self, *replies: bytes, closes: bool = False) -> None:
        self.replies, self.closes = list(replies), closes
        self.connections = 0
        self.heads: list[list[bytes]] = []

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        while True:
            self.heads.append(await read_head(reader))
            writer.write(self.replies.pop(0) if self.replies else OK)
            await writer.drain()
            if self.closes:
                return


async def complete_body(answer: UpstreamResponse) -> bytes:
    body = b""
    while not answer.at_end():
        body += await answer.read()
    answer.close()
    return body


async def fetch(
    addresses: HttpUpstreamClient, address: str, method: str = "GET", body: bytes | None = None
) -> tuple[UpstreamResponse, bytes]:
    async def parts() -> AsyncIterator[bytes]:
        yield body or b""

    answer = await addresses.send(address, method, "/x", [], parts() if body else None)
    return answer, await complete_body(answer)


async def start(
    world: World, service: Service, keep_alive: float = 30.0
) -> tuple[HttpUpstreamClient, str]:
    opened = open_upstream_client(connect_limit=2.0, keep_alive=keep_alive)
    return await world.stack.enter_async_context(opened), await world.service(service.talk)


@pytest.mark.parametrize(
    ("replies", "body", "connections"),
    [
        (OK, b"ok", 1),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b"", 1),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", b"", 1),
        (b"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n" + OK, b"ok", 1),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" + OK, b"ok", 1),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n"
            b"2\r\nok\r\n0\r\nX-T: evil\r\n\r\n",
            b"ok",
            1,
        ),
        (OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), b"ok", 2),
        (OK.replace(b"1.1", b"1.0"), b"ok", 2),
        (OK + b"HTTP/1.1 200 OK\r\nX-Evil: yes\r\nContent-Length: 4\r\n\r\nevil", b"ok", 2),
        (OK + b"and more", b"ok", 2),
    ],
    ids=lambda replies: replies[:60].decode() if isinstance(replies, bytes) else "",
)
async def test_a_response_ends_at_its_length_and_the_next_is_another(
    world: World, replies: bytes, body: bytes, connections: int
) -> None:
    service = Service(replies)
    addresses, address = await start(world, service)
    answer, payload = await fetch(addresses, address)
    assert payload == body
    assert not {b"x-t", b"x-evil", b"link"} & {name for name, _ in answer.headers}
    answer, payload = await fetch(addresses, address)
    assert (answer.status, payload) == (200, b"ok")
    assert [name for name, _ in answer.headers] == [b"content-length"]
    assert service.connections == connections


async def test_an_answer_without_a_length_ends_with_its_connection(world: World) -> None:
    service = Service(b"HTTP/1.1 200 OK\r\n\r\nall of it", closes=True)
    addresses, address = await start(world, service)
    assert (await fetch(addresses, address))[1] == b"all of it"
    assert (await fetch(addresses, address))[1] == b"ok"


async def test_head_has_no_body_whatever_its_length(world: World) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
    service = Service(head, head.replace(b"Content-Length: 2", b"Transfer-Encoding: chunked"), OK)
    addresses, address = await start(world, service)
    for _ in range(2):
        answer, body = await fetch(addresses, address, "HEAD")
        assert (answer.status, body) == (200, b"")
    assert (await fetch(addresses, address, "HEAD"))[1] == b""  # a body, although HEAD has none
    assert (await fetch(addresses, address))[1] == b"ok"
    assert service.connections == 2


async def test_unrequested_bytes_are_no_response(world: World) -> None:
    replies = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await read_head(reader)
        writer.write(OK)
        await writer.drain()
        if not replies.is_set():
            assert head
            await asyncio.sleep(0.05)
            writer.write(OK.replace(b"ok", b"no"))
            await writer.drain()
            replies.set()
            await reader.read()

    opened = open_upstream_client(connect_limit=2.0, keep_alive=30.0)
    addresses = await world.stack.enter_async_context(opened)
    address = await world.service(talk)
    assert (await fetch(addresses, address))[1] == b"ok"
    await asyncio.wait_for(replies.wait(), 60)
    await asyncio.sleep(0.05)
    assert (await fetch(addresses, address))[1] == b"ok"


async def test_a_connection_that_rested_too_long_is_not_used(world: World) -> None:
    service = Service()
    addresses, address = await start(world, service, keep_alive=1.0)
    await fetch(addresses, address)
    await fetch(addresses, address)
    assert service.connections == 1
    await asyncio.sleep(1.1)
    await fetch(addresses, address)
    assert service.connections == 2


async def test_an_answer_before_the_end_of_what_is_sent_ends_the_connection(world: World) -> None:
    service = Service()
    addresses, address = await start(world, service)
    ended = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"x" * 1000
                await asyncio.sleep(0.01)
        finally:
            ended.set()

    answer = await addresses.send(address, "POST", "/x", [], endless())
    assert await complete_body(answer) == b"ok"
    await asyncio.wait_for(ended.wait(), 60)
    assert (await fetch(addresses, address))[1] == b"ok"
    assert service.connections == 2


async def test_an_error_of_the_body_is_raised_unchanged(world: World) -> None:
    service = Service()
    addresses, address = await start(world, service)

    async def broken() -> AsyncIterator[bytes]:
        yield b"half"
        raise LookupError("the caller left")

    headers = [(b"content-length", b"8")]
    with pytest.raises(LookupError, match="left"):
        await addresses.send(address, "POST", "/x", headers, broken())


@pytest.mark.parametrize("value", [b"a\r\nY: 1", b"a\nY: 1", b"a\rY: 1"])
async def test_one_request_never_becomes_two(world: World, value: bytes) -> None:
    service = Service()
    addresses, address = await start(world, service)
    with pytest.raises(ProtocolError):
        await addresses.send(address, "GET", "/x", [(b"x", value)], None)
    assert service.connections == 0


async def test_a_post_without_a_body_has_length_zero(world: World) -> None:
    service = Service()
    addresses, address = await start(world, service)
    await fetch(addresses, address, "POST")
    await fetch(addresses, address, "GET")
    assert b"content-length: 0" in service.heads[0]
    assert not any(line.startswith(b"content-length") for line in service.heads[1])
