"""Large texts are gzipped for callers that accept it, with the matching headers."""

import asyncio
import gzip
import json

import aiohttp
import pytest
from gateway_world import ECHO, World, read_head

from gateway.callers.domain.access import OPEN
from gateway.callers.domain.identity import Identity, Means
from gateway.http.domain.content_encoding import accepts_gzip, is_compressible
from gateway.proxy.domain.response_encoding import encode
from gateway.routes.domain.request_context import RequestContext
from gateway.routes.domain.routes import Route

BOARD = json.dumps([{"trip_id": f"tao:{n}", "state": "scheduled"} for n in range(500)]).encode()


def serving(head: bytes, body: bytes = BOARD) -> object:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%s\r\n" % (len(body), head) + body)
        await writer.drain()

    return talk


JSON = b'Content-Type: application/json\r\nETag: "v1"\r\nAccept-Ranges: bytes\r\n'


async def test_a_board_is_compressed_with_a_weak_etag(
    world: World, client: aiohttp.ClientSession
) -> None:
    gateway = await world.gateway(await world.service(serving(JSON)))  # type: ignore[arg-type]
    url = gateway.address + "/echo/x"
    async with client.get(url, headers={"Accept-Encoding": "br, gzip;q=0.8"}) as answer:
        body = await answer.read()
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["etag"] == 'W/"v1"'
        assert answer.headers["vary"] == "accept-encoding"
        assert "accept-ranges" not in answer.headers
    assert gzip.decompress(body) == BOARD
    assert len(body) < len(BOARD) / 5


async def test_a_caller_of_http_1_0_gets_no_chunks(world: World) -> None:
    """RFC 9112 §6.1: a response whose length is not known then ends with its connection."""
    gateway = await world.gateway(await world.service(serving(JSON)))  # type: ignore[arg-type]
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write(b"GET /echo/x HTTP/1.0\r\nAccept-Encoding: gzip\r\n\r\n")
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    assert b"transfer-encoding" not in head
    assert gzip.decompress(body) == BOARD


def test_realtime_messages_are_compressed_and_other_bytes_are_not() -> None:
    for media, expected in ((b"application/x-protobuf", True), (b"application/zip", False)):
        assert is_compressible({b"content-type": media}, 200) is expected


async def test_without_accept_encoding_only_vary_changes(
    world: World, client: aiohttp.ClientSession
) -> None:
    gateway = await world.gateway(await world.service(serving(JSON)))  # type: ignore[arg-type]
    url = gateway.address + "/echo/x"
    async with client.get(url, headers={"Accept-Encoding": "identity"}) as answer:
        assert await answer.read() == BOARD
        assert answer.headers["etag"] == '"v1"'
        assert answer.headers["vary"] == "accept-encoding"
        assert answer.headers["content-length"] == str(len(BOARD))


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b"Content-Type: application/octet-stream\r\n", BOARD),
        (b"Content-Type: application/json\r\nContent-Encoding: br\r\n", BOARD),
        (b"Content-Type: application/json\r\nCache-Control: no-transform\r\n", BOARD),
        (b"Content-Type: application/json\r\n", b"{}"),
        (b"Content-Type: text/event-stream\r\n", BOARD),
        (b"", BOARD),
    ],
)
async def test_what_must_not_be_compressed_is_not(
    world: World, client: aiohttp.ClientSession, head: bytes, body: bytes
) -> None:
    gateway = await world.gateway(await world.service(serving(head, body)))  # type: ignore[arg-type]
    url = gateway.address + "/echo/x"
    async with client.get(url, headers={"Accept-Encoding": "gzip"}) as answer:
        assert await answer.read() == body
        assert answer.headers.get("content-encoding") != "gzip"


COOKIE = {b"cookie": b"__Host-session=x"}


@pytest.mark.parametrize(
    ("pattern", "headers", "means", "cache", "compressed"),
    [
        ("/docs", {}, "none", b"public, max-age=5", True),
        ("/docs", COOKIE, "session", b"public, max-age=5", True),
        ("/docs", COOKIE, "session", b"private, no-store", False),
        ("/docs", COOKIE, "none", b"no-store", False),  # the cookie is of a participant
        ("/docs", COOKIE, "session", b"no-publication", False),
        ("/docs", COOKIE, "session", None, False),
        ("/docs", {b"authorization": b"Basic eDp5"} | COOKIE, "session", b"no-store", False),
        ("/docs", {}, "none", b"private", True),
        ("/fhir/{rest...}", {}, "bearer", b"no-store", True),
        ("/fhir/{rest...}", COOKIE, "bearer", b"no-store", True),
        ("/fhir/{rest...}", COOKIE, "session", b"public", False),
    ],
)
def test_private_responses_to_cookies_are_not_compressed(
    pattern: str, headers: dict[bytes, bytes], means: Means, cache: bytes | None, compressed: bool
) -> None:
    """Its size would tell what is in it, for words of another site in the address (BREACH)."""
    context = RequestContext(
        route=Route(pattern, ECHO, OPEN, plan_class="page"),
        method="GET",
        target="/x?q=words",
        client_address="127.0.0.1",
        headers={b"accept-encoding": b"gzip", **headers},
        identity=Identity(means=means),
    )
    response = [(b"content-type", b"text/html; charset=utf-8")]
    if cache is not None:
        response.append((b"cache-control", cache))
    found, encoder = encode(context, 200, response)
    assert (encoder is not None) is compressed
    assert ((b"content-encoding", b"gzip") in found) is compressed


async def test_the_page_of_a_participant_is_sent_as_it_is(
    world: World, client: aiohttp.ClientSession
) -> None:
    page = b"Content-Type: text/html\r\nCache-Control: private, no-store\r\n"
    gateway = await world.gateway(await world.service(serving(page)))  # type: ignore[arg-type]
    for cookie, coding in (({}, "gzip"), ({"Cookie": "participant=x"}, None)):
        headers = {"Accept-Encoding": "gzip"} | cookie
        async with client.get(gateway.address + "/echo/x", headers=headers) as answer:
            assert answer.headers.get("content-encoding") == coding


@pytest.mark.parametrize(
    ("accepted", "taken"),
    [
        (b"gzip", True),
        (b"deflate, gzip;q=1.0, *;q=0.5", True),
        (b"GZIP", True),
        (b"*", True),
        (b"gzip;q=0", False),
        (b"gzip;q=0.000", False),
        (b"br", False),
        (b"x-gzip-not", False),
        (b"", False),
    ],
)
def test_who_accepts_gzip(accepted: bytes, taken: bool) -> None:
    assert accepts_gzip({b"accept-encoding": accepted}) is taken
