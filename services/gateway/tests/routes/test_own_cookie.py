"""The cookie of a service: forwarded and set on its routes alone, and only with a session."""

import json

import aiohttp
import pytest
from gateway_world import ECHO, World

from gateway.callers.domain.access import OPEN
from gateway.callers.domain.identity import Identity
from gateway.routes.domain.request_context import RequestContext
from gateway.routes.domain.routes import Route, RouteTable
from socle.http import Receive, Scope, Send

ROUTES = RouteTable(
    (
        Route("/echo/own", ECHO, OPEN, plan_class="page", cookie="__Host-own"),
        Route("/echo/{rest...}", ECHO, OPEN, plan_class="page"),
    )
)
SET = b"__Host-own=new.value; Path=/; Secure; HttpOnly"


async def service(scope: Scope, receive: Receive, send: Send) -> None:
    """Returns the cookies it received, and sets two."""
    payload = [value.decode() for name, value in scope["headers"] if name == b"cookie"]
    headers = [(b"set-cookie", SET), (b"set-cookie", b"__Host-session=stolen; Path=/; Secure")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(payload).encode()})


async def identify(context: RequestContext) -> None:
    if means := context.headers.get(b"x-test-means"):
        known = "session" if means == b"session" else "bearer"
        context.identity = Identity(role="patient", subject="lucie", means=known)


@pytest.mark.parametrize(
    ("path", "means", "cookie", "inward"),
    [
        ("/echo/own", "session", "a=1; __Host-own=e.y_J-0; b=2", ["__Host-own=e.y_J-0"]),
        ("/echo/own", "bearer", "__Host-own=eyJ", []),
        ("/echo/own", "", "__Host-own=eyJ", []),
        ("/echo/own", "session", "__Host-own=a b", []),
        ("/echo/own", "session", f"__Host-own={'a' * 4001}", []),
        ("/echo/a", "session", "__Host-own=eyJ", []),
    ],
)
async def test_the_cookie_is_forwarded_with_a_session_on_its_route(
    world: World,
    client: aiohttp.ClientSession,
    path: str,
    means: str,
    cookie: str,
    inward: list[str],
) -> None:
    replica = await world.gateway(
        await world.application(service), routes=ROUTES, stages=(identify,)
    )
    headers = {"cookie": cookie} | ({"x-test-means": means} if means else {})
    async with client.get(replica.address + path, headers=headers) as answer:
        assert await answer.json(content_type=None) == inward
        given = answer.headers.getall("set-cookie", [])
    assert given == ([SET.decode()] if path == "/echo/own" else [])
    if path == "/echo/own":
        assert answer.headers["cache-control"] == "no-store"
