"""The edge around a raw ASGI application and around FastAPI, over real connections."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from fastapi import Request
from fastapi.responses import StreamingResponse
from multidict import CIMultiDict
from prometheus_client import REGISTRY

from socle.clock import SystemClock
from socle.errors import Refusal
from socle.http import Edge, Receive, Router, Scope, Send, http_client, make_app
from socle.telemetry import current_request_id, current_trace
from socle.testing import ServeApp, until

CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
LIMIT = 2000


def toy(service: str, next_hop: str = "") -> Any:
    app = make_app("Jouet", service=service, clock=SystemClock(), max_body=LIMIT)
    router = Router(prefix="/stops")

    @router.get("/{stop_id}")
    async def stop(stop_id: str) -> str:
        return stop_id

    @app.post("/echo")
    async def echo(request: Request) -> int:
        return len(await request.body())

    @app.get("/where")
    async def where() -> dict[str, Any]:
        trace = current_trace()
        assert trace is not None
        here = {"trace": trace.trace_id, "span": trace.span_id, "parent": trace.parent_id}
        if next_hop:
            async with http_client() as client, client.get(f"{next_hop}/where") as answer:
                here["next"] = await answer.json()
        return here | {"request_id": current_request_id()}

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        async def events() -> AsyncIterator[str]:
            yield "data: 1\n\n"
            await asyncio.Event().wait()

        return StreamingResponse(events(), media_type="text/event-stream")

    @app.get("/cut")
    async def cut() -> StreamingResponse:
        async def half() -> AsyncIterator[str]:
            yield "half"
            raise RuntimeError("the other half is lost")

        return StreamingResponse(half())

    router.add_to(app)
    return app


def counted(service: str, route: str, status: int, method: str = "GET") -> float:
    labels = {"service": service, "method": method, "route": route, "status": str(status)}
    return REGISTRY.get_sample_value("http_requests_total", labels) or 0.0


async def test_a_sane_request_id_is_reused(serve_app: ServeApp) -> None:
    address = await serve_app(toy("ids"))
    async with aiohttp.ClientSession(address) as client:
        for sent, is_reused in [
            ("a-B_c.1", True),
            ("x" * 64, True),
            ("x" * 65, False),
            ("é", False),
        ]:
            response = await client.get("/stops/a", headers={"X-Request-Id": sent})
            assert (response.headers["x-request-id"] == sent) is is_reused
        first, second = await client.get("/stops/a"), await client.get("/stops/a")
        assert first.headers["x-request-id"] != second.headers["x-request-id"]


async def test_a_trace_and_a_request_id_cross_two_hops(serve_app: ServeApp) -> None:
    behind = await serve_app(toy("behind"))
    front = await serve_app(toy("front", behind))
    async with aiohttp.ClientSession(front) as client:
        headers = {"traceparent": CALLER, "x-request-id": "r1"}
        body = await (await client.get("/where", headers=headers)).json()
    assert body["trace"] == body["next"]["trace"] == "0af7651916cd43dd8448eb211c80319c"
    assert body["parent"] == "b7ad6b7169203331"
    assert body["next"]["parent"] == body["span"]
    assert body["request_id"] == body["next"]["request_id"] == "r1"


async def test_the_outside_learns_nothing_of_our_traces(serve_app: ServeApp) -> None:
    address = await serve_app(toy("outside"))
    async with http_client(outside=True) as client:
        body = await (await client.get(f"{address}/where")).json()
    assert body["parent"] is None


async def test_requests_are_counted_by_template(serve_app: ServeApp) -> None:
    address = await serve_app(toy("counts"))
    async with aiohttp.ClientSession(address) as client:
        for path in ("/stops/a", "/stops/b", "/nowhere/1", "/nowhere/2"):
            await client.get(path)
        await client.request("PROPFIND", "/stops/a")
    assert counted("counts", "/stops/{stop_id}", 200) == 2
    assert counted("counts", "unmatched", 404) == 2
    labels = {"service": "counts", "method": "GET", "route": "/stops/{stop_id}"}
    assert REGISTRY.get_sample_value("http_request_duration_seconds_count", labels) == 2
    assert REGISTRY.get_sample_value("http_response_bytes_total", labels) == 6
    assert counted("counts", "/stops/{stop_id}", 405, "OTHER") == 1


async def test_a_line_a_request_without_its_query(
    serve_app: ServeApp, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    address = await serve_app(toy("lines"))
    async with aiohttp.ClientSession(address) as client:
        await client.get("/stops/hidden?name=hidden")
    (line,) = [record for record in caplog.records if record.name == "socle.http"]
    assert line.getMessage() == "GET /stops/{stop_id} 200"
    assert {"route", "status", "duration_ms", "method", "bytes"} <= set(vars(line))
    assert "hidden" not in str(vars(line))


async def test_head_is_get_without_its_body(serve_app: ServeApp) -> None:
    address = await serve_app(toy("heads"))
    async with aiohttp.ClientSession(address) as client:
        response = await client.head("/stops/abc")
        assert (response.status, response.headers["content-length"]) == (200, "5")
        assert await response.read() == b""
        # An endless answer has a head too, and the connection serves again after it.
        response = await client.head("/stream")
        assert response.content_type == "text/event-stream"
        assert (await client.head("/nowhere")).status == 404
        assert (await client.get("/stops/abc")).status == 200
    assert counted("heads", "/stops/{stop_id}", 200, "HEAD") == 1
    assert counted("heads", "/stream", 200, "HEAD") == 1


async def test_events_pass_as_they_come_and_a_gone_client_ends_them(serve_app: ServeApp) -> None:
    address = await serve_app(toy("streams"))
    async with aiohttp.ClientSession(address) as client:
        response = await client.get("/stream")
        assert await response.content.readline() == b"data: 1\n"
        assert REGISTRY.get_sample_value("http_requests_open", {"service": "streams"}) == 1
        response.close()
        await until(lambda: counted("streams", "/stream", 200) == 1)
    assert REGISTRY.get_sample_value("http_requests_open", {"service": "streams"}) == 0


async def test_an_answer_cut_in_the_middle_looks_cut(serve_app: ServeApp) -> None:
    address = await serve_app(toy("cuts"))
    async with aiohttp.ClientSession(address) as client:
        response = await client.get("/cut")
        with pytest.raises(aiohttp.ClientPayloadError):
            await response.read()


async def test_a_body_within_the_limit_is_read(serve_app: ServeApp) -> None:
    address = await serve_app(toy("bodies"))
    async with aiohttp.ClientSession(address) as client:
        assert await (await client.post("/echo", data=b"x" * LIMIT)).json() == LIMIT


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize("size", [LIMIT + 1, 3_000_000])
async def test_a_body_over_the_limit_is_refused(
    serve_app: ServeApp, announced: bool, size: int
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, size, 65536):
            yield b"x" * min(65536, size - start)

    address = await serve_app(toy("bodies"))
    async with aiohttp.ClientSession(address) as client:
        response = await client.post("/echo", data=b"x" * size if announced else pieces())
        body = await response.json()
    assert (response.status, body["type"]) == (413, "urn:regionlab:problem:too_large")
    assert body["limit_bytes"] == LIMIT


async def test_a_body_that_its_client_cuts_is_no_error(
    serve_app: ServeApp, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    address = urlsplit(await serve_app(toy("cut")))
    _, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")
    await writer.drain()
    writer.close()
    await until(lambda: "POST /echo 499" in caplog.messages)
    assert [each for each in caplog.records if each.levelno >= logging.ERROR] == []


@pytest.mark.parametrize("million", [3, 30])
async def test_who_sends_all_before_reading_still_learns_why(
    serve_app: ServeApp, million: int
) -> None:
    address = urlsplit(await serve_app(toy("linger")))
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: %d000000\r\n\r\n" % million)
    writer.write(b"x" * 1_000_000)
    await writer.drain()
    assert await reader.readline() == b"HTTP/1.1 413 Request Entity Too Large\r\n"
    for _ in range(million - 1):
        writer.write(b"x" * 1_000_000)
        await writer.drain()
    answer = await reader.read()
    assert b"urn:regionlab:problem:too_large" in answer
    writer.close()


async def test_a_connection_closes_after_a_refusal_once_the_body_was_sent(
    serve_app: ServeApp,
) -> None:
    async def closed(scope: Scope, receive: Receive, send: Send) -> None:
        raise Refusal("forbidden", "Non.")

    edge = Edge(closed, service="closed", clock=SystemClock(), max_body=2**30)
    address = urlsplit(await serve_app(edge))
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    head = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    writer.write(head + b"Content-Length: 20000000\r\n\r\n")
    for _ in range(20):
        writer.write(b"x" * 1_000_000)
        await writer.drain()
    answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert b"urn:regionlab:problem:forbidden" in answer
    writer.close()


async def test_an_endless_address_is_refused(serve_app: ServeApp) -> None:
    address = await serve_app(toy("targets"))
    async with aiohttp.ClientSession(address) as client:
        response = await client.get("/stops/a", params={"q": "x" * 10_000})
        assert response.status == 414
        assert (await response.json())["type"] == "urn:regionlab:problem:target_too_long"
        assert (await client.get("/stops/a", params={"q": "x" * 4_000})).status == 200


async def test_two_credentials_in_one_request_are_refused(serve_app: ServeApp) -> None:
    address = await serve_app(toy("credentials"))
    one, other = ("Authorization", "Bearer a"), ("Authorization", "Bearer b")
    async with aiohttp.ClientSession(address) as client:
        for sent, status in (([one], 200), ([one, other], 400), ([one, one], 400)):
            async with client.get("/stops/a", headers=CIMultiDict(sent)) as answer:
                assert answer.status == status
                if status == 400:
                    assert (await answer.json())["type"] == "urn:regionlab:problem:invalid"


@pytest.mark.parametrize(
    "head",
    [
        b"GET /stops/%FF%00%zz?%F0=%00 HTTP/1.1\r\n",
        b"GET //// HTTP/1.1\r\n",
        b"GET /stops/a HTTP/1.0\r\n",
        b"GET /stops/a HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n",
        b"GET /stops/a HTTP/1.1\r\nX-Request-Id: \xff\xfe\r\ntraceparent: \xff\r\n",
        b"OPTIONS * HTTP/1.1\r\n",
        b"POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"\x16\x03\x01 rubbish\r\n",
    ],
)
async def test_odd_requests_are_answered_and_the_server_lives(
    serve_app: ServeApp, head: bytes
) -> None:
    address = await serve_app(toy("odd"))
    host, port = urlsplit(address).hostname, urlsplit(address).port
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(head + b"Host: x\r\nConnection: close\r\n\r\n")
    status = int((await reader.readline()).split()[1])
    assert status < 500
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
    async with aiohttp.ClientSession(address) as client:
        assert (await client.get("/stops/a")).status == 200


async def test_a_raw_application_has_the_same_edge(serve_app: ServeApp) -> None:
    async def raw(scope: Scope, receive: Receive, send: Send) -> None:
        scope["route_template"] = "/fhir/{path}"
        if scope["path"] == "/fhir/broken":
            raise RuntimeError
        if scope["path"] == "/fhir/silent":
            return
        await send({"type": "http.response.start", "status": 201, "headers": []})
        await send({"type": "http.response.body", "body": b"raw"})

    address = await serve_app(Edge(raw, service="raw", clock=SystemClock()))
    async with aiohttp.ClientSession(address) as client:
        response = await client.get("/fhir/Patient")
        assert (response.status, await response.read()) == (201, b"raw")
        assert response.headers["x-request-id"]
        for path in ("/fhir/broken", "/fhir/silent"):
            response = await client.get(path)
            assert (await response.json())["type"] == "urn:regionlab:problem:internal"
    assert counted("raw", "/fhir/{path}", 201) == 1
    assert counted("raw", "/fhir/{path}", 500) == 2


async def test_a_mounted_application_is_counted_under_its_mount(serve_app: ServeApp) -> None:
    outer, inner = make_app("O", service="outer", clock=SystemClock()), Router()

    @inner.get("/inner/{name}")
    async def found(name: str) -> str:
        return name

    mounted = make_app("I", service="inner", clock=SystemClock())
    inner.add_to(mounted)
    outer.mount("/m", mounted)

    async def raw(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    outer.mount("/raw", raw)
    address = await serve_app(outer)
    async with aiohttp.ClientSession(address) as client:
        assert (await client.get("/m/inner/x")).status == 200
        assert (await client.get("/raw/anything/1")).status == 200
    assert counted("outer", "/m/inner/{name}", 200) == 1
    assert counted("outer", "/raw/{path}", 200) == 1
