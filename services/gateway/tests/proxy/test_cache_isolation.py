"""What is kept for everybody, under callers who would have others told what is not for them."""

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
        self.asked = 0
        self.held = asyncio.Event()
        self.held.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        await self.held.wait()
        told = {
            name: self._read(scope["headers"], name)
            for name in ("accept", "accept-language", "x-regionlab-token")
        }
        if self.all_of_it:
            told |= {name.decode(): value.decode() for name, value in scope["headers"]}
        body = json.dumps(told).encode()
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
    if said := context.headers.get(b"x-test-subject"):
        context.identity = Identity(role="traveller", subject=said.decode())
    if said := context.headers.get(b"x-test-arm"):
        context.arms = {"alertes": said.decode()}


@pytest.mark.parametrize("every", [False, True], ids=["first", "all"])
@pytest.mark.parametrize("name", ["Accept-Language", "Accept"])
async def test_a_header_told_twice_leaves_nothing_for_others(
    world: World, client: aiohttp.ClientSession, name: str, every: bool
) -> None:
    gateway = await world.gateway(
        await world.application(Mirror("public, max-age=60", every=every)),
        routes=TABLE,
        cache_bytes=1_000_000,
    )
    mine, theirs = "x/evil", "x/usual"
    for first, last in ((mine, theirs), (theirs, mine)):
        told = f"{name}: {first}\r\n{name}: {last}\r\n"
        told += "" if name == "Accept" else "Accept: */*\r\n"
        head = f"GET /kept/x HTTP/1.1\r\nHost: h\r\n{told}Connection: close\r\n\r\n"
        assert b" 200 " in await exchange(gateway.port, head.encode())
    async with client.get(f"{gateway.address}/kept/x", headers={name: theirs}) as answer:
        assert (await answer.json())[name.lower()] == theirs


async def test_what_an_answer_is_not_kept_by_is_not_told_to_its_service(
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
        told = await answer.json()
    assert "evil" not in str(told)
    assert told["x-regionlab-token"]
    assert told["x-request-id"]


@pytest.mark.parametrize("leaves", [False, True], ids=["waits", "leaves"])
async def test_an_answer_to_one_is_never_given_to_another_who_asked_meanwhile(
    world: World, client: aiohttp.ClientSession, leaves: bool
) -> None:
    mirror = Mirror("private, max-age=60")
    gateway = await world.gateway(
        await world.application(mirror), routes=TABLE, cache_bytes=1_000_000, stages=(identify,)
    )

    async def ask(subject: str) -> Any:
        headers = {"x-test-subject": subject}
        async with client.get(f"{gateway.address}/kept/x", headers=headers) as answer:
            return subject_of((await answer.json())["x-regionlab-token"])

    mirror.held.clear()
    first = asyncio.create_task(ask("first"))
    await until(lambda: mirror.asked >= 1)
    people = [f"person-{n}" for n in range(8)]
    requests = [asyncio.create_task(ask(person)) for person in people]
    await asyncio.sleep(0.2)  # the others wait for the same answer by now
    if leaves:
        first.cancel()
        await asyncio.sleep(0.3)
    mirror.held.set()
    assert await asyncio.gather(*requests) == people
    assert leaves or await first == "first"


async def test_who_is_on_an_arm_goes_around_what_is_kept(
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
    assert mirror.asked == 3


def claims_of(token: str) -> Any:
    """What an inward token says, to a test that does not doubt it."""
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def subject_of(token: str) -> Any:
    return claims_of(token)["sub"]
