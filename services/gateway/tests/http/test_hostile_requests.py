"""Requests that cost the gateway more than they cost their sender, or that could make it fail: each
is refused without an effect on other callers. CWE-1333, CWE-400, CWE-20."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
import pytest_asyncio
from fastapi import Request
from gateway_world import World, exchange
from oauth_world import AuthorizationQuery, Platform, start_platform

from gateway.callers.domain.access import OPEN
from gateway.oauth.domain.scopes import MAX_DATA_SCOPES
from gateway.proxy.domain.load_shedding import LoadShedding
from gateway.routes.domain.routes import OWN, Limits, Route, RouteTable
from socle.http import Router
from socle.testing import until

ECHO = RouteTable(
    (
        Route(
            "/auth/echo",
            OWN,
            OPEN,
            methods=frozenset({"GET", "POST"}),
            plan_class="auth",
            limits=Limits(body_bytes=1000, idle=0.5),
        ),
    )
)


@pytest_asyncio.fixture
async def platform(world: World, postgres_url: str, tmp_path: Path) -> Platform:
    return await start_platform(world, postgres_url, tmp_path)


READ_IT = """
from gateway.http.domain.content_encoding import accepts_gzip
blanks = b" " * 31_000
for sent in (b"gzip%sx", b"gzip;%sx", b"gzip;q=1%sx", b"*%sx", b"%sgzip x", b",%sgzip x"):
    for _ in range(10):
        assert not accepts_gzip({b"accept-encoding": sent % blanks})
assert not accepts_gzip({b"accept-encoding": b", " * 15_000 + b"x"})
"""


def test_an_encoding_of_blanks_is_read_in_one_pass() -> None:
    # With backtracking from each blank it would block the loop for ten minutes.
    subprocess.run([sys.executable, "-c", READ_IT], check=True, timeout=60)


def _echo() -> Router:
    router = Router()

    @router.post("/auth/echo")
    async def echo(request: Request) -> int:
        return len(await request.body())

    return router


async def test_a_slow_body_takes_no_other_callers_slot(world: World) -> None:
    shedding = LoadShedding(max_requests=1)
    gateway = await world.gateway(
        "http://127.0.0.1:9", routes=ECHO, routers=(_echo(),), shedding=shedding
    )
    head = b"POST /auth/echo HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
    slow = [asyncio.create_task(exchange(gateway.port, head % 9 + b"ab")) for _ in range(10)]
    close = (head % 2).replace(b"Host", b"Connection: close\r\nHost")
    raw = await exchange(gateway.port, close + b"ab")
    assert raw.startswith(b"HTTP/1.1 200 ")
    assert raw.endswith(b"\r\n\r\n2")
    for answer in await asyncio.gather(*slow):
        assert answer.startswith(b"HTTP/1.1 408 ")
    assert shedding.in_progress == 0


async def test_too_long_a_body_is_a_413_of_the_gateway(world: World) -> None:
    gateway = await world.gateway("http://127.0.0.1:9", routes=ECHO, routers=(_echo(),))
    head = b"POST /auth/echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    raw = await exchange(gateway.port, head + (b"190\r\n" + b"x" * 400 + b"\r\n") * 5)
    assert raw.startswith(b"HTTP/1.1 413 ")
    assert b'"limit_bytes":1000' in raw


async def test_a_caller_who_leaves_within_a_body_is_forgotten(world: World) -> None:
    shedding = LoadShedding(max_requests=10)
    gateway = await world.gateway(
        "http://127.0.0.1:9", routes=ECHO, routers=(_echo(),), shedding=shedding
    )
    _, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write(b"POST /auth/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab")
    await writer.drain()
    writer.transport.abort()

    async def anonymous() -> bool:
        return not gateway.server.server_state.tasks

    await until(anonymous)
    assert shedding.in_progress == 0


async def test_more_rights_than_anybody_needs_are_not_compared(platform: Platform) -> None:
    many = " ".join(f"patient/Observation.rs?code=a{n}" for n in range(MAX_DATA_SCOPES + 1))
    back = await platform.authorize("alice", AuthorizationQuery(many[:7000]))
    assert back.status == 303
    assert back.redirected["error"] == "invalid_scope"
    reported = await platform.token("entrepot", {"grant_type": "client_credentials", "scope": many})
    assert (reported.status, reported.json["error"]) == (400, "invalid_scope")


@pytest.mark.parametrize("person", [None, "alice"])
async def test_a_null_character_is_a_mistake_of_its_sender(
    platform: Platform, person: str | None
) -> None:
    requested = AuthorizationQuery("patient/Observation.rs")
    for name in ("nonce", "state", "launch", "prompt", "client_id"):
        answer = await platform.authorize(person, requested, **{name: "a\0b" * 8})
        assert answer.status == 400, name
    if person:
        page = await platform.authorize(person, requested)
        assert (await platform.consent(person, page, "some", "a\0b")).status == 400
        taken = await platform.post("/auth/applications", {"client": "a\0b"}, person)
        assert taken.status == 400
    proof = platform.proof("entrepot", jti="a\0b")
    reported = await platform.post("/auth/token", {"grant_type": "client_credentials"} | proof)
    assert (reported.status, reported.json["error"]) == (401, "invalid_client")


async def test_a_launch_context_has_no_null_character(platform: Platform) -> None:
    headers = {"cookie": "person=docteur", "origin": platform.public}
    async with platform.http.post(
        platform.public + "/auth/launch", json={"intent": "a\0b"}, headers=headers
    ) as answer:
        assert answer.status == 400
