"""The name of a person reaches the pages that display it, and no other service."""

from typing import Any

import aiohttp
import orjson
from gateway_world import World

from gateway.callers.domain.identity import Identity
from gateway.routes.domain.request_context import RequestContext
from gateway.routes.domain.route_table import PORTAIL, TABLE
from socle.auth import TOKEN_HEADER, CompactToken
from socle.http import Receive, Scope, Send

NAMES = ["Lucie EXEMPLE", "Lucie EXEMPLE-MODÈLE"]


async def claims(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the claims of the token that it received."""
    token = CompactToken(dict(scope["headers"])[TOKEN_HEADER])
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": orjson.dumps(token.claims)})


async def test_only_pages_of_the_portal_receive_the_name(
    world: World, client: aiohttp.ClientSession
) -> None:
    name = ""

    async def log_in(context: RequestContext) -> None:
        context.identity = Identity("patient", "s-lucie", means="session", name=name)

    address = await world.application(claims)
    gateway = await world.gateway(address, routes=TABLE, stages=(log_in,))

    async def received(path: str) -> dict[str, Any]:
        async with client.get(gateway.address + path) as answer:
            assert answer.status == 200, path
            return dict(orjson.loads(await answer.read()))

    for name in NAMES:
        for path in ("/", "/arrets/tao:x", "/mon-dossier", "/mentions-legales"):
            assert (await received(path))["name"] == name
        for path in (
            "/arrets/tao:x/flux",
            "/static/portail.css",
            "/pilotes",
            "/participer",
            "/pilotes/v1/pilots",
            "/mobilite/v1/stops",
            "/fhir/Patient",
        ):
            found = await received(path)
            assert found["sub"] == "s-lucie"
            assert "name" not in found, path


def test_the_routes_that_receive_a_name_are_pages_of_the_portal() -> None:
    disclosing = [route for route in TABLE.routes if route.discloses_name]
    # A browser stores the page that it displays offline, for whoever uses it then.
    assert disclosing == [
        route
        for route in TABLE.routes
        if route.service == PORTAIL and route.page and route.pattern != "/hors-ligne"
    ]
    assert disclosing
