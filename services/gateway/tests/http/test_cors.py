"""CORS: which origins may read which route, as a browser requests it."""

import aiohttp
import pytest
from gateway_world import ECHO, World

from gateway.callers.domain.access import OPEN
from gateway.routes.domain.route_table import TABLE as PLATFORM
from gateway.routes.domain.routes import Route, RouteTable
from socle.http import Receive, Scope, Send

APP = "https://app.example.org"
TABLE = RouteTable(
    (
        Route("/public/{rest...}", ECHO, OPEN, plan_class="board", cors="public"),
        Route(
            "/clients/{rest...}", ECHO, OPEN, frozenset({"GET", "POST"} | {"OPTIONS"}),
            plan_class="list", cors="clients",
        ),
        Route("/none/{rest...}", ECHO, OPEN, plan_class="desk"),
    )
)  # fmt: skip


async def service(scope: Scope, receive: Receive, send: Send) -> None:
    headers = [(b"access-control-allow-origin", b"https://evil.example"), (b"x-seen", b"1")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"ok"})


@pytest.mark.parametrize(
    ("path", "origin", "allowed"),
    [
        ("/public/x", APP, "*"),
        ("/public/x", "https://elsewhere.example", "*"),
        ("/public/x", None, "*"),
        ("/clients/x", APP, APP),
        ("/clients/x", "https://elsewhere.example", None),
        ("/clients/x", "null", None),
        ("/clients/x", None, None),
        ("/none/x", APP, None),
    ],
)
async def test_which_origins_can_read(
    world: World, client: aiohttp.ClientSession, path: str, origin: str | None, allowed: str | None
) -> None:
    address = await world.application(service)
    gateway = await world.gateway(address, routes=TABLE, origins=lambda: frozenset({APP}))
    headers = {"Origin": origin} if origin else {}
    async with client.get(gateway.address + path, headers=headers) as answer:
        assert answer.headers.getall("access-control-allow-origin", [None]) == [allowed]
        assert "access-control-allow-credentials" not in answer.headers
        exposed = answer.headers.get("access-control-expose-headers", "")
        assert ("RateLimit" in exposed and "ETag" in exposed) is (allowed is not None)
        assert ("origin" in answer.headers.get("vary", "")) is path.startswith("/clients")
    request = headers | {"Access-Control-Request-Method": "GET"}
    async with client.options(gateway.address + path, headers=request) as answer:
        assert answer.headers.get("access-control-allow-origin") == allowed
        assert (answer.status, "x-seen" in answer.headers) == (204, False)
        methods = answer.headers.get("access-control-allow-methods", "")
        assert ("GET" in methods) is (allowed is not None)
        assert ("POST" in methods) is (allowed == APP)


@pytest.mark.parametrize(
    ("path", "methods"),
    [("/none/x", "GET, HEAD, OPTIONS"), ("/clients/x", "GET, OPTIONS, POST")],
)
async def test_options_names_the_methods_of_the_route(
    world: World, client: aiohttp.ClientSession, path: str, methods: str
) -> None:
    gateway = await world.gateway(await world.application(service), routes=TABLE)
    for method, status in (("OPTIONS", 204), ("PUT", 405)):
        async with client.request(method, gateway.address + path) as answer:
            assert (answer.status, answer.headers["allow"]) == (status, methods)
            assert "x-seen" not in answer.headers


# Where applications' pages exchange tokens: cookies are ignored there.
FOR_APPLICATIONS = {
    "/auth/token": "clients",
    "/auth/revoke": "clients",
    "/auth/jwks": "public",
    "/auth/smart-style.json": "public",
}


def test_travellers_data_are_for_any_page_and_desk_push_and_identity_for_none() -> None:
    for route in PLATFORM.routes:
        # A browser's push subscription is its site's, so only the portal's pages make any.
        if route.pattern.startswith(("/mobilite/v1/desk", "/auth")) or route.plan_class == "push":
            assert route.cors == FOR_APPLICATIONS.get(route.pattern, "none"), route.pattern
        elif route.pattern.startswith("/mobilite/"):
            assert route.cors == "public", route.pattern
