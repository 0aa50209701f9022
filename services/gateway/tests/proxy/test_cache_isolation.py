"""The shared cache under callers who try to poison it for others."""

import asyncio
import base64
import json
from collections.abc import Sequence
from typing import Any

import aiohttp
import pytest
from gateway_world import ECHO, World, exchange

from gateway.callers.domain.access import OPEN
from gateway.callers.domain.identity import Identity
from gateway.routes.domain.request_context import RequestContext
from gateway.routes.domain.routes import Route, RouteTable
from socle.http import Receive, Scope, Send
from socle.testing import until

TABLE = RouteTable((Route("/kept/{rest...}", ECHO, OPEN, plan_class="board", cacheable=True),))


class Mirror:
    """A service that answers by the headers it reads: the first of a name, as most do, or all."""

    def __init__(self, cache: str, *, every: bool = False, all_of_it: bool = False) -> None:
        self.cache, self.every, self.all_of_it = cache, every, all_of_it
        self.requests_received = 0
        self.held = asyncio.Event()
        self.held.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.requests_received += 1
        await self.held.wait()
        answered = {
            name: self._read(scope["headers"], name)
            for name in ("accept", "accept-language", "x-regionlab-token")
        }
        if self.all_of_it:
            answered |= {name.decode(): value.decode() for name, value in scope["headers"]}
        body = json.dumps(answered).encode()
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", self.cache.encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _read(self, headers: Sequence[tuple[bytes, bytes]], name: str) -> str:
        found = [value.decode() for key, value in headers if key == name.encode()]
        return ", ".join(found) if self.every else (found or [""])[0]


async def identify(context: RequestContext) -> None:
    """The caller is whoever they say, and on an arm if they say so."""
    if message := context.headers.get(b"x-test-subject"):
        context.identity = Identity(role="traveller", subject=message.decode())
    if message := context.headers.get(b"x-test-arm"):
        context.arms = {"alertes": message.decode()}


@pytest.mark.parametrize("every", [False, True], ids=["first", "all"])
@pytest.mark.parametrize("name", ["Accept-Language", "Accept"])
async def test_a_repeated_header_leaves_nothing_for_others(
    world: World, client: aiohttp.ClientSession, name: str, every: bool
) -> None:
    gateway = await world.gateway(
        await world.application(Mirror("public, max-age=60", every=every)),
        routes=TABLE,
        cache_bytes=1_000_000,
    )
    mine, foreign = "x/evil", "x/usual"
    for first, last in ((mine, foreign), (foreign, mine)):
        answered = f"{name}: {first}\r\n{name}: {last}\r\n"
        answered += "" if name == "Accept" else "Accept: */*\r\n"
        head = f"GET /kept/x HTTP/1.1\r\nHost: h\r\n{answered}Connection: close\r\n\r\n"
        assert b" 200 " in await exchange(gateway.port, head.encode())
    async with client.get(f"{gateway.address}/kept/x", headers={name: foreign}) as answer:
        assert (await answer.json())[name.lower()] == foreign


async def test_only_headers_of_the_cache_key_reach_the_service(
    world: World, client: aiohttp.ClientSession
) -> None:
    service = await world.application(Mirror("public, max-age=60", all_of_it=True))
    gateway = await world.gateway(service, routes=TABLE, cache_bytes=1_000_000)
    evil = "Host: evil.example\r\nReferer: http://evil.example/\r\nX-Unkeyed: evil.example\r\n"
    head = f"GET /kept/x HTTP/1.1\r\n{evil}Origin: http://evil.example\r\nConnection: close\r\n\r\n"
    assert b" 200 " in await exchange(gateway.port, head.encode())
    headers = {"Accept": "", "Accept-Language": ""}
    async with client.get(f"{gateway.address}/kept/x", headers=headers) as answer:
        assert answer.headers["cache-status"] == "regionlab; hit"
        answered = await answer.json()
    assert "evil" not in str(answered)
    assert answered["x-regionlab-token"]
    assert answered["x-request-id"]


@pytest.mark.parametrize("leaves", [False, True], ids=["waits", "leaves"])
async def test_an_individual_response_is_never_served_to_a_waiting_caller(
    world: World, client: aiohttp.ClientSession, leaves: bool
) -> None:
    mirror = Mirror("private, max-age=60")
    gateway = await world.gateway(
        await world.application(mirror), routes=TABLE, cache_bytes=1_000_000, stages=(identify,)
    )

    async def fetch(subject: str) -> Any:
        headers = {"x-test-subject": subject}
        async with client.get(f"{gateway.address}/kept/x", headers=headers) as answer:
            return subject_of((await answer.json())["x-regionlab-token"])

    mirror.held.clear()
    first = asyncio.create_task(fetch("first"))
    await until(lambda: mirror.requests_received >= 1)
    people = [f"person-{n}" for n in range(8)]
    requests = [asyncio.create_task(fetch(person)) for person in people]
    await asyncio.sleep(0.2)  # the others wait for the same answer by now
    if leaves:
        first.cancel()
        await asyncio.sleep(0.3)
    mirror.held.set()
    assert await asyncio.gather(*requests) == people
    assert leaves or await first == "first"


async def test_a_caller_with_an_arm_bypasses_the_cache(
    world: World, client: aiohttp.ClientSession
) -> None:
    mirror = Mirror("public, max-age=60")
    gateway = await world.gateway(
        await world.application(mirror), routes=TABLE, cache_bytes=1_000_000, stages=(identify,)
    )

    async def arms(arm: str | None) -> Any:
        headers = {"x-test-arm": arm} if arm else {}
        async with client.get(f"{gateway.address}/kept/x", headers=headers) as answer:
            return claims_of((await answer.json())["x-regionlab-token"]).get("arms")

    assert await arms("prevenu") == {"alertes": "prevenu"}
    assert await arms(None) is None
    assert await arms("prevenu") == {"alertes": "prevenu"}
    assert await arms(None) is None
    assert mirror.requests_received == 3


def claims_of(token: str) -> Any:
    """What an inward token says, to a test that does not doubt it."""
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def subject_of(token: str) -> Any:
    return claims_of(token)["sub"]
