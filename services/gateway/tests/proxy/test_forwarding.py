"""Forwarding: paths, headers and bodies unchanged, and no forged header."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import orjson
import pytest
from gateway_world import World, exchange, read_head
from yarl import URL

from socle.http import Receive, Scope, Send


async def mirror(scope: Scope, receive: Receive, send: Send) -> None:
    """Returns what it received."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    seen = {
        "method": scope["method"],
        "target": scope["raw_path"].decode()
        + ("?" + scope["query_string"].decode() if scope["query_string"] else ""),
        "headers": [[name.decode(), value.decode("latin-1")] for name, value in scope["headers"]],
        "body": body.decode(),
    }
    content = orjson.dumps(seen)
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(content)).encode()),
        (b"server", b"mirror/1.0"),
        (b"x-regionlab-subject", b"inside only"),
        (b"x-request-id", b"another"),
        (b"x-kept", b"yes"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": content})


@pytest.mark.parametrize(
    "target",
    [
        "/echo/stops/tao:A%2FB/departures?at=2026-01-01T00%3A00%3A00%2B01%3A00",
        "/echo//double///slashes",
        "/echo/tao:..%2F..%2Fid",
        "/echo/a..b/..c/d..",
        "/echo/%C3%A9t%C3%A9?q=%C3%A9+b&q=&empty",
        "/echo/semi;colon,comma@at!$&'()*+=:~?q=/?x",
        "/echo/%7Bnot%7D/..%2fx",
    ],
)
async def test_an_address_passes_untouched(
    world: World, client: aiohttp.ClientSession, target: str
) -> None:
    gateway = await world.gateway(await world.application(mirror))
    async with client.get(URL(gateway.address + target, encoded=True)) as answer:
        assert answer.status == 200
        assert (await answer.json())["target"] == target


async def test_a_needless_encoding_is_removed_before_anything_is_decided(
    world: World, client: aiohttp.ClientSession
) -> None:
    gateway = await world.gateway(await world.application(mirror))
    target = "/%65cho/%74ao%3AA%2FB%24/%C3%A9?q=%65"
    async with client.get(URL(gateway.address + target, encoded=True)) as answer:
        assert (await answer.json())["target"] == "/echo/tao:A%2FB$/%C3%A9?q=%65"


@pytest.mark.parametrize(
    "path", ["/echo/../metrics", "/echo/a/..", "/echo/%2e%2E/readyz", "/echo/./x", "/echo/.%2e"]
)
async def test_a_dot_segment_is_refused(
    world: World, client: aiohttp.ClientSession, path: str
) -> None:
    gateway = await world.gateway(await world.application(mirror))
    raw = await exchange(
        gateway.port, f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
    )
    assert raw.startswith(b"HTTP/1.1 400 ")
    assert b"urn:regionlab:problem:invalid" in raw


@pytest.mark.parametrize(
    "path", ["/metrics", "/echo", "/other/x", "//echo/x", "/Echo/x", "/echo%2Fx"]
)
async def test_what_is_not_in_the_table_is_nowhere(
    world: World, client: aiohttp.ClientSession, path: str
) -> None:
    gateway = await world.gateway(await world.application(mirror))
    async with client.get(URL(gateway.address + path, encoded=True)) as answer:
        assert answer.status == 404
        assert answer.content_type == "application/problem+json"
        problem = await answer.json()
        assert problem["type"] == "urn:regionlab:problem:not_found"
        assert problem["request_id"] == answer.headers["x-request-id"]


async def test_a_route_that_is_not_public_requires_identity(
    world: World, client: aiohttp.ClientSession
) -> None:
    gateway = await world.gateway(await world.application(mirror))
    async with client.get(gateway.address + "/echo/closed/x") as answer:
        assert answer.status == 401
        assert (await answer.json())["type"] == "urn:regionlab:problem:unauthenticated"


async def test_a_method_out_of_the_table_is_refused(
    world: World, client: aiohttp.ClientSession
) -> None:
    gateway = await world.gateway(await world.application(mirror))
    async with client.post(gateway.address + "/echo/stream") as answer:
        assert answer.status == 405
        assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


async def test_forged_headers_do_not_go_in(world: World, client: aiohttp.ClientSession) -> None:
    gateway = await world.gateway(await world.application(mirror))
    forged = {
        "X-Regionlab-Subject": "admin",
        "X_Regionlab_Subject": "admin",
        "Forwarded": "for=10.0.0.1",
        "X-Forwarded-For": "10.0.0.1",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "X-Real-IP": "10.0.0.1",
        "X-HTTP-Method-Override": "DELETE",
        "X-Original-URL": "/metrics",
        "Authorization": "Bearer x",
        "Cookie": "session=x",
        "Connection": "keep-alive, X-Secret",
        "X-Secret": "hop only",
        "TE": "trailers",
        "Accept-Language": "fr",
        "If-None-Match": '"a", W/"b"',
        "Range": "bytes=0-1",
    }
    async with client.get(gateway.address + "/echo/x", headers=forged) as answer:
        received = (await answer.json())["headers"]
    seen = dict(received)
    assert len(seen) == len(received)
    assert seen["x-forwarded-for"] == "127.0.0.1"
    assert seen["x-forwarded-proto"] == "http"
    assert seen["x-forwarded-host"] == f"127.0.0.1:{gateway.port}"
    assert seen["accept-language"] == "fr"
    assert seen["if-none-match"] == '"a", W/"b"'
    assert seen["range"] == "bytes=0-1"
    assert not {name.lower() for name in forged} & seen.keys() - {
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
        "accept-language",
        "if-none-match",
        "range",
    }
    assert "admin" not in str(received)


async def test_no_header_is_added_that_the_caller_did_not_send(world: World) -> None:
    seen: list[list[bytes]] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await read_head(reader))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    gateway = await world.gateway(await world.service(talk))
    await exchange(gateway.port, b"GET /echo/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    names = {line.split(b":")[0].lower() for line in seen[0][1:]}
    assert names == {
        b"host",
        b"traceparent",
        b"x-forwarded-for",
        b"x-forwarded-host",
        b"x-forwarded-proto",
        b"x-regionlab-timeout-ms",
        b"x-regionlab-token",
        b"x-request-id",
    }


async def test_callers_over_https_are_named_so(world: World, client: aiohttp.ClientSession) -> None:
    gateway = await world.gateway(await world.application(mirror), tls=True)
    async with client.get(gateway.address + "/echo/x") as answer:
        seen = dict((await answer.json())["headers"])
        assert answer.headers["strict-transport-security"].startswith("max-age=")
    assert seen["x-forwarded-proto"] == "https"


async def test_inside_headers_do_not_come_out(world: World, client: aiohttp.ClientSession) -> None:
    gateway = await world.gateway(await world.application(mirror))
    async with client.get(gateway.address + "/echo/x") as answer:
        assert "x-regionlab-subject" not in answer.headers
        assert "server" not in answer.headers
        assert answer.headers["x-kept"] == "yes"
        assert answer.headers.getall("x-request-id") != ["another"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "referrer-policy" in answer.headers
        assert "strict-transport-security" not in answer.headers


async def test_request_id_and_trace_go_through(world: World, client: aiohttp.ClientSession) -> None:
    gateway = await world.gateway(await world.application(mirror))
    trace = "0af7651916cd43dd8448eb211c80319c"
    sent = {
        "X-Request-Id": "req-1",
        "traceparent": f"00-{trace}-b7ad6b7169203331-01",
        "tracestate": "vendor=1",
    }
    async with client.get(gateway.address + "/echo/x", headers=sent) as answer:
        seen = dict((await answer.json())["headers"])
        assert answer.headers["x-request-id"] == "req-1"
    assert seen["x-request-id"] == "req-1"
    assert seen["traceparent"].split("-")[1] == trace
    assert seen["traceparent"].split("-")[2] != "b7ad6b7169203331"
    assert seen["tracestate"] == "vendor=1"


async def test_a_mad_request_id_is_replaced_and_a_mad_trace_restarted(
    world: World, client: aiohttp.ClientSession
) -> None:
    gateway = await world.gateway(await world.application(mirror))
    sent = {"X-Request-Id": "a b;c" * 40, "traceparent": "00-zz-1-01", "tracestate": "vendor=1"}
    async with client.get(gateway.address + "/echo/x", headers=sent) as answer:
        seen = dict((await answer.json())["headers"])
        assert answer.headers["x-request-id"] == seen["x-request-id"]
    assert len(seen["x-request-id"]) == 32
    assert "tracestate" not in seen


async def test_a_body_is_forwarded_declared_or_chunked(
    world: World, client: aiohttp.ClientSession
) -> None:
    gateway = await world.gateway(await world.application(mirror))
    async with client.post(gateway.address + "/echo/x", data=b"abc" * 100) as answer:
        payload = await answer.json()
    assert payload["body"] == "abc" * 100
    assert dict(payload["headers"])["content-length"] == "300"

    async def chunks() -> AsyncIterator[bytes]:
        yield b"one,"
        yield b"two"

    async with client.put(gateway.address + "/echo/x", data=chunks()) as answer:
        payload = await answer.json()
    assert payload["body"] == "one,two"
    assert dict(payload["headers"])["transfer-encoding"] == "chunked"


async def test_expect_continue_is_answered_by_the_gateway(world: World) -> None:
    gateway = await world.gateway(await world.application(mirror))
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write(
        b"POST /echo/x HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n"
        b"Connection: close\r\n\r\n"
    )
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(b"ok")
    answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b'"expect"' not in answer


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
async def test_methods_reach_the_service_as_they_are(
    world: World, client: aiohttp.ClientSession, method: str
) -> None:
    seen: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await read_head(reader)
        seen.append(head[0])
        body = b"" if head[0].startswith(b"HEAD") else b"body"
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nAllow: GET\r\n\r\n" + body)
        await writer.drain()

    gateway = await world.gateway(await world.service(talk))
    async with client.request(method, gateway.address + "/echo/x") as answer:
        body = await answer.read()
        assert answer.headers["content-length"] == "4"
    assert seen == [method.encode() + b" /echo/x HTTP/1.1"]
    assert body == (b"" if method == "HEAD" else b"body")


async def test_not_modified_and_partial_content_pass(
    world: World, client: aiohttp.ClientSession
) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await read_head(reader)
        if any(line.lower().startswith(b"if-none-match") for line in head):
            writer.write(b'HTTP/1.1 304 Not Modified\r\nETag: "v1"\r\nContent-Length: 9\r\n\r\n')
        else:
            writer.write(
                b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-1/9\r\n"
                b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n[1"
            )
        await writer.drain()

    gateway = await world.gateway(await world.service(talk))
    url = gateway.address + "/echo/x"
    async with client.get(url, headers={"If-None-Match": '"v1"'}) as answer:
        assert answer.status == 304
        assert answer.headers["etag"] == '"v1"'
        assert await answer.read() == b""
    ranged = {"Range": "bytes=0-1", "Accept-Encoding": "gzip"}
    async with client.get(url, headers=ranged) as answer:
        assert answer.status == 206
        assert answer.headers["content-range"] == "bytes 0-1/9"
        assert await answer.read() == b"[1"
