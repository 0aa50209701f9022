"""Connections to services: which bytes are whose answer, and which connection is used again."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from gateway_world import World, read_head

from gateway.http.domain.failures import ProtocolError
from gateway.proxy.adapters.upstream_client import HttpUpstreamClient, open_upstream_client
from gateway.proxy.ports import UpstreamResponse

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Service:
    """Answers with `said` what it is asked, in turn; `connections` and `heads`: what it saw."""

    def __init__(self, *said: bytes, closes: bool = False) -> None:
        self.said, self.closes = list(said), closes
        self.connections = 0
        self.heads: list[list[bytes]] = []

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        while True:
            self.heads.append(await read_head(reader))
            writer.write(self.said.pop(0) if self.said else OK)
            await writer.drain()
            if self.closes:
                return


async def whole(answer: UpstreamResponse) -> bytes:
    body = b""
    while not answer.at_end():
        body += await answer.read()
    answer.close()
    return body


async def ask(
    addresses: HttpUpstreamClient, address: str, method: str = "GET", body: bytes | None = None
) -> tuple[UpstreamResponse, bytes]:
    async def parts() -> AsyncIterator[bytes]:
        yield body or b""

    answer = await addresses.send(address, method, "/x", [], parts() if body else None)
    return answer, await whole(answer)


async def start(
    world: World, service: Service, keep: float = 30.0
) -> tuple[HttpUpstreamClient, str]:
    opened = open_upstream_client(connect_limit=2.0, keep_alive=keep)
    return await world.stack.enter_async_context(opened), await world.service(service.talk)


@pytest.mark.parametrize(
    ("said", "body", "connections"),
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
    ids=lambda said: said[:60].decode() if isinstance(said, bytes) else "",
)
async def test_an_answer_ends_where_it_says_and_the_next_is_another(
    world: World, said: bytes, body: bytes, connections: int
) -> None:
    service = Service(said)
    addresses, address = await start(world, service)
    answer, told = await ask(addresses, address)
    assert told == body
    assert not {b"x-t", b"x-evil", b"link"} & {name for name, _ in answer.headers}
    answer, told = await ask(addresses, address)
    assert (answer.status, told) == (200, b"ok")
    assert [name for name, _ in answer.headers] == [b"content-length"]
    assert service.connections == connections


async def test_an_answer_without_a_length_ends_with_its_connection(world: World) -> None:
    service = Service(b"HTTP/1.1 200 OK\r\n\r\nall of it", closes=True)
    addresses, address = await start(world, service)
    assert (await ask(addresses, address))[1] == b"all of it"
    assert (await ask(addresses, address))[1] == b"ok"


async def test_head_has_no_body_whatever_its_length_says(world: World) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
    service = Service(head, head.replace(b"Content-Length: 2", b"Transfer-Encoding: chunked"), OK)
    addresses, address = await start(world, service)
    for _ in range(2):
        answer, body = await ask(addresses, address, "HEAD")
        assert (answer.status, body) == (200, b"")
    assert (await ask(addresses, address, "HEAD"))[1] == b""  # a body all the same
    assert (await ask(addresses, address))[1] == b"ok"
    assert service.connections == 2


async def test_what_nobody_asked_for_is_nobodys_answer(world: World) -> None:
    said = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await read_head(reader)
        writer.write(OK)
        await writer.drain()
        if not said.is_set():
            assert head
            await asyncio.sleep(0.05)
            writer.write(OK.replace(b"ok", b"no"))
            await writer.drain()
            said.set()
            await reader.read()

    opened = open_upstream_client(connect_limit=2.0, keep_alive=30.0)
    addresses = await world.stack.enter_async_context(opened)
    address = await world.service(talk)
    assert (await ask(addresses, address))[1] == b"ok"
    await asyncio.wait_for(said.wait(), 5)
    await asyncio.sleep(0.05)
    assert (await ask(addresses, address))[1] == b"ok"


async def test_a_connection_that_rested_too_long_is_not_used(world: World) -> None:
    service = Service()
    addresses, address = await start(world, service, keep=0.1)
    await ask(addresses, address)
    await ask(addresses, address)
    assert service.connections == 1
    await asyncio.sleep(0.2)
    await ask(addresses, address)
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
    assert await whole(answer) == b"ok"
    await asyncio.wait_for(ended.wait(), 5)
    assert (await ask(addresses, address))[1] == b"ok"
    assert service.connections == 2


async def test_what_breaks_while_sending_is_told_as_it_is(world: World) -> None:
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


async def test_a_post_without_a_body_says_so(world: World) -> None:
    service = Service()
    addresses, address = await start(world, service)
    await ask(addresses, address, "POST")
    await ask(addresses, address, "GET")
    assert b"content-length: 0" in service.heads[0]
    assert not any(line.startswith(b"content-length") for line in service.heads[1])
