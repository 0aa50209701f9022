"""An address over HTTP, against a real server that behaves in every way servers do."""

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from mobilite.sources.adapters.http_source import HttpSource, back_off
from mobilite.sources.adapters.operator_http import HttpLimits
from mobilite.sources.ports import Body, SourceFault
from socle.clock import SystemClock
from socle.http import http_client

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
LIMITS = HttpLimits(connect=30, read=30, total=60, max_bytes=1000, redirects=3)
"""Its times are long: a busy machine must not answer too late by chance."""
SHORT = replace(LIMITS, read=0.3, total=1.0)


@asynccontextmanager
async def served(answer: Answer, limits: HttpLimits = LIMITS) -> AsyncIterator[HttpSource]:
    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://user:secret@127.0.0.1:{runner.addresses[0][1]}/rt.pb?key=secret"
    async with http_client(outside=True, time_limit=None) as session:
        clock = SystemClock()
        yield HttpSource(url, session=session, clock=clock, random=lambda: 0.5, limits=limits)
    await runner.cleanup()


async def fault(answer: Answer, limits: HttpLimits = LIMITS) -> SourceFault:
    async with served(answer, limits) as source:
        with pytest.raises(SourceFault) as raised:
            await source.read(None)
    return raised.value


async def test_what_is_known_is_not_sent_again() -> None:
    requested: list[tuple[str | None, str | None]] = []

    async def answer(request: web.Request) -> web.Response:
        headers = request.headers
        requested.append((headers.get("If-None-Match"), headers.get("If-Modified-Since")))
        if headers.get("If-None-Match") == '"1"':
            return web.Response(status=304)
        return web.Response(
            body=b"one", headers={"ETag": '"1"', "Last-Modified": "Mon, 02 Mar 2026 12:00:00 GMT"}
        )

    async with served(answer) as source:
        body = await source.read(None)
        assert body is not None
        assert body.content == b"one"
        assert await source.read(body.tag) is None
    assert requested == [(None, None), ('"1"', "Mon, 02 Mar 2026 12:00:00 GMT")]


async def test_the_address_displayed_holds_no_secret() -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=b"x")

    async with served(answer) as source:
        assert "secret" not in source.address
        assert source.address.endswith("/rt.pb")


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_compressed_answer(encoding: str) -> None:
    packed = gzip.compress(b"a" * 500) if encoding == "gzip" else zlib.compress(b"a" * 500)

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=packed, headers={"Content-Encoding": encoding})

    async with served(answer) as source:
        body = await source.read(None)
        assert body is not None
        assert body.content == b"a" * 500


async def test_an_endless_answer_is_cut_off_at_the_limit() -> None:
    sent = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 65536)
            sent += 65536

    assert (await fault(answer)).code == "too_large"
    assert sent < 50 * 2**20


async def test_an_answer_announced_too_large_is_not_read() -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=b"x" * 1001)

    assert (await fault(answer)).code == "too_large"


async def test_a_gzip_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(b"\0" * 100_000)

    async def answer(_: web.Request) -> web.Response:
        assert len(bomb) < LIMITS.max_bytes
        return web.Response(body=bomb, headers={"Content-Encoding": "gzip"})

    assert (await fault(answer)).code == "too_large"


async def test_an_endless_stream_of_nothing_is_cut_off() -> None:
    """Empty gzip members: each costs us a decompressor, and nothing ever comes out."""
    nothing = gzip.compress(b"") * 3000
    sent = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse(headers={"Content-Encoding": "gzip"})
        await response.prepare(request)
        while True:
            await response.write(nothing)
            sent += len(nothing)

    assert (await fault(answer)).code == "too_large"
    assert sent < 5 * 2**20


async def test_a_server_that_hangs_is_given_up() -> None:
    async def answer(_: web.Request) -> web.Response:
        await asyncio.sleep(30)
        return web.Response()

    assert (await fault(answer, SHORT)).code == "timeout"


async def test_a_server_that_trickles_is_given_up() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x")
            await asyncio.sleep(0.05)

    assert (await fault(answer, SHORT)).code == "timeout"


async def test_an_answer_that_stops_in_its_middle_is_not_taken() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "900"})
        await response.prepare(request)
        await response.write(b"x" * 100)
        assert request.transport is not None
        request.transport.close()
        return response

    assert (await fault(answer)).code == "truncated"


@pytest.mark.parametrize(
    ("body", "encoding", "code"),
    [
        (gzip.compress(b"x" * 500, mtime=0)[:-4], "gzip", "truncated"),
        (b"no gzip at all", "gzip", "truncated"),
        (b"x", "br", "encoding"),
    ],
)
async def test_a_damaged_compression(body: bytes, encoding: str, code: str) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, headers={"Content-Encoding": encoding})

    assert (await fault(answer)).code == code


@pytest.mark.parametrize("status", [204, 304, 401, 404, 418, 429, 500, 503])
async def test_every_other_status_is_reported(status: int) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status)

    found = await fault(answer)
    assert found.code == ("empty" if status == 204 else "http_status")
    assert status == 204 or str(status) in found.message


@pytest.mark.parametrize(
    "location", ["http://localhost:{port}/", "http://169.254.169.254/", "file:///etc/passwd"]
)
async def test_a_redirect_leads_to_no_inside_address(location: str) -> None:
    requested: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        requested.append(request.path)
        raise web.HTTPFound(location.format(port=request.url.port))

    assert (await fault(answer)).code in ("led_inside", "address")
    assert requested == ["/rt.pb"]


async def test_redirects_are_followed_but_not_without_end() -> None:
    async def answer(request: web.Request) -> web.Response:
        if request.path == "/there":
            return web.Response(body=b"there")
        raise web.HTTPFound("/there" if request.path == "/rt.pb" else "/again")

    async with served(answer) as source:
        assert await source.read(None) == Body(b"there", '{"ETag": null, "Last-Modified": null}')

    async def around(_: web.Request) -> web.Response:
        raise web.HTTPFound("/again")

    assert (await fault(around)).code == "redirects"


async def test_a_server_that_is_not_there() -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response()

    async with served(answer) as gone:
        address = gone.address
    async with aiohttp.ClientSession() as session:
        source = HttpSource(address, session=session, clock=SystemClock(), random=lambda: 0.5)
        with pytest.raises(SourceFault) as raised:
            await source.read(None)
    assert raised.value.code == "connection"


async def test_something_that_does_not_speak_http() -> None:
    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 smtp ready\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, aiohttp.ClientSession() as session:
        source = HttpSource(
            f"http://127.0.0.1:{port}/", session=session, clock=SystemClock(), random=lambda: 0.5
        )
        with pytest.raises(SourceFault) as raised:
            await source.read(None)
    assert raised.value.code in ("http", "connection")


@given(st.floats(1, 600), st.integers(0, 10_000), st.floats(0, 1, exclude_max=True))
def test_back_off_grows_but_never_beyond_reason(
    interval: float, failures: int, chance: float
) -> None:
    pause = back_off(interval, failures, chance)
    assert interval * 0.5 <= pause <= max(interval * 1.1, 300.0)
    assert back_off(interval, failures + 1, chance) >= pause or failures == 0
