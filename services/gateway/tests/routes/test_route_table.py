"""Every route with every role and every bad token, from the route table, over HTTP."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import cycle, islice, product
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
import pytest_asyncio
from gateway_world import KEYS, Gateway, World
from outside_issuer import ROLES_THERE, Issuer, bad_outside_tokens, trusting
from token_makers import bad_own_tokens, own_claims, own_token
from yarl import URL

from gateway.authentication.adapters.provider_documents import ProviderDocuments
from gateway.authentication.flows.identify import AuthenticateBearer
from gateway.callers.domain.access import OPEN, Access, only
from gateway.callers.domain.identity import ROLES
from gateway.quotas.domain.plans import PLANS
from gateway.routes.domain.route_table import TABLE
from gateway.routes.domain.routes import OWN, Route, RouteTable, Service
from socle.auth import TOKEN_HEADER, Caller, CompactToken
from socle.http import Receive, Scope, Send, http_client

SHUT = Service("shut")
# Every type of rule, independently of the platform's table.
SHAPES = RouteTable(
    (
        Route("/shut/open", SHUT, OPEN, plan_class="list"),
        *(
            Route(f"/shut/{role}/{{rest...}}", SHUT, only(role), plan_class="record")
            for role in ROLES
        ),
        Route(
            "/shut/scoped/{id}",
            SHUT,
            only("professional", "patient", scopes=("user/", "patient/*.rs")),
            plan_class="record",
        ),
        Route("/shut/own", OWN, only("coordinator"), plan_class="auth"),
        Route("/shut/keyed", SHUT, OPEN, frozenset({"POST"}), plan_class="desk", credentials=True),
    )
)
TABLES = pytest.mark.parametrize("table", [TABLE, SHAPES], ids=["platform", "shapes"])
BEARING = [role for role in ROLES if role not in ("anonymous", "house")]
SCOPES = ("", "openid", "user/Patient.rs", "patient/*.rs", "system/*.rs")


class Revoked:
    def is_revoked(self, *references: str) -> bool:
        return "gone" in references

    def is_current(self) -> bool:
        return True


async def service(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the caller of the token that a service would verify."""
    named = dict(scope["headers"])
    caller = Caller.of_claims(CompactToken(named[TOKEN_HEADER]).claims)
    payload = {"role": caller.role, "keyed": b"authorization" in named}
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": orjson.dumps(payload)})


@dataclass
class TrustingGateway:
    """A gateway that verifies its own tokens and those of an outside issuer."""

    gateway: Gateway
    issuer: Issuer


OpenGateway = Callable[[RouteTable], Awaitable[TrustingGateway]]


@pytest_asyncio.fixture
async def replica(world: World, tmp_path: Path) -> AsyncIterator[OpenGateway]:
    async with http_client(outside=True) as session:

        async def opened(table: RouteTable) -> TrustingGateway:
            issuer = Issuer()
            issuer.base = await world.application(issuer)
            bearers = trusting(issuer, tmp_path, ProviderDocuments(session))
            stages = (AuthenticateBearer(bearers, Revoked()),)
            address = await world.application(service)
            return TrustingGateway(
                await world.gateway(address, routes=table, stages=stages), issuer
            )

        yield opened


class Answer:
    def __init__(self, status: int, headers: Any, payload: Any) -> None:
        self.status, self.challenge, self.body = status, headers.get("www-authenticate"), payload


async def fetch(
    client: aiohttp.ClientSession, replica: TrustingGateway, route: Route, token: str | None
) -> Answer:
    path = re.sub(r"\{\w+(\.\.\.)?\}", "x", route.pattern)
    # The gateway answers OPTIONS itself, before it knows the caller.
    method = "GET" if "GET" in route.methods else min(route.methods - {"OPTIONS"})
    headers = {"accept": "application/json", "accept-encoding": "identity"}
    if token is not None:
        headers["authorization"] = f"Bearer {token}"
    url = URL(replica.gateway.address + path, encoded=True)
    async with client.request(method, url, headers=headers, allow_redirects=False) as answer:
        body = await answer.read()
        payload = orjson.loads(body) if body[:1] == b"{" else None
        return Answer(answer.status, answer.headers, payload)


def refused_with(access: Access, role: str, scopes: str = "") -> int | None:
    """The status of a refusal by a route's rule; None if it allows the caller."""
    if role not in access.roles:
        return 401 if role == "anonymous" else 403
    held = scopes.split()
    wanted = access.scopes
    met = any(
        any(each.startswith(scope) for each in held) if scope[-1] == "/" else scope in held
        for scope in wanted
    )
    return None if met or not wanted else 403


def good_tokens(replica: TrustingGateway, role: str) -> list[str | None]:
    """The tokens of that role; None sends none."""
    if role == "anonymous":
        return [None]
    own = own_token(KEYS, own_claims(role=role))
    if role not in ROLES_THERE:  # no provider gives it
        return [own]
    replica.issuer.role = role
    return [own, replica.issuer.token(scope="user/*.rs")]


@TABLES
async def test_every_role_on_every_route(
    replica: OpenGateway, client: aiohttp.ClientSession, table: RouteTable
) -> None:
    opened = await replica(table)
    for role in ("anonymous", *BEARING):
        for route, token in product(table.routes, good_tokens(opened, role)):
            expected = refused_with(route.access, role, "user/*.rs" if token else "")
            answer = await fetch(client, opened, route, token)
            where = f"{route.pattern} as {role}"
            if expected is not None:
                assert answer.status == expected, where
            elif route.service != OWN:
                known = "anonymous" if route.credentials else role
                payload = {"role": known, "keyed": route.credentials and token is not None}
                assert (answer.status, answer.body) == (200, payload), where
            else:
                assert answer.status not in (401, 403), where


def bad_tokens(replica: TrustingGateway) -> dict[str, list[str]]:
    """Every bad token by name, each once for every role."""
    found: dict[str, list[str]] = {}
    for role in BEARING:
        payload = {}
        if role in ROLES_THERE:
            replica.issuer.role = role
            outside = bad_outside_tokens(replica.issuer).items()
            payload = {f"outside, {name}": token for name, token in outside}
        for name, token in (bad_own_tokens(KEYS, role) | payload).items():
            found.setdefault(name, []).append(token)
    return found


def is_unauthenticated(route: Route, payload: Mapping[str, Any]) -> bool:
    if route.fhir:
        return bool(payload["issue"][0]["code"] == "login")
    return bool(payload["type"] == "urn:regionlab:problem:unauthenticated")


@TABLES
async def test_every_bad_token_on_every_route(
    replica: OpenGateway, client: aiohttp.ClientSession, table: RouteTable
) -> None:
    """Roles alternate: every bad token is tried on every route, and every role with both."""
    opened = await replica(table)
    for at, (name, of_roles) in enumerate(bad_tokens(opened).items()):
        rounds = islice(cycle(of_roles), at, at + len(table.routes))
        pairs = list(zip(table.routes, rounds, strict=True))
        answers = await asyncio.gather(*(fetch(client, opened, *pair) for pair in pairs))
        for (route, _), answer in zip(pairs, answers, strict=True):
            where = f"{route.pattern} with a token: {name}"
            if route.credentials:
                # A key of the service itself: the gateway neither verifies nor trusts it.
                assert answer.body == {"role": "anonymous", "keyed": True}, where
                continue
            assert answer.status == 401, where
            assert is_unauthenticated(route, answer.body), where
            error = "insufficient_user_authentication" if "acr" in name else "invalid_token"
            start = f'Bearer error="{error}", error_description="'
            assert answer.challenge.startswith(start), where


async def test_scopes_open_routes_that_require_one_of_them(
    replica: OpenGateway, client: aiohttp.ClientSession
) -> None:
    opened = await replica(SHAPES)
    (scoped,) = (route for route in SHAPES.routes if route.access.scopes)
    for scopes in SCOPES:
        token = own_token(KEYS, own_claims(scope=scopes))
        answer = await fetch(client, opened, scoped, token)
        expected = refused_with(scoped.access, "professional", scopes)
        assert answer.status == (expected or 200), scopes
        if expected:
            assert answer.challenge == (
                'Bearer error="insufficient_scope", error_description="insufficient scope", '
                'scope="patient/*.rs user/"'
            )
    assert [refused_with(scoped.access, "patient", each) for each in SCOPES] == [
        403,
        403,
        None,
        None,
        403,
    ]


async def test_an_anonymous_caller_gets_a_plain_challenge(
    replica: OpenGateway, client: aiohttp.ClientSession
) -> None:
    opened = await replica(SHAPES)
    answer = await fetch(client, opened, _of("/shut/professional/{rest...}"), None)
    assert (answer.status, answer.challenge) == (401, "Bearer")


def _of(pattern: str) -> Route:
    return next(route for route in SHAPES.routes if route.pattern == pattern)


@pytest.mark.parametrize("missing", ["access", "plan_class"])
def test_a_route_without_a_rule_cannot_be_built(missing: str) -> None:
    rules: dict[str, Any] = {"access": OPEN, "plan_class": "list"}
    assert Route("/x", SHUT, **rules).access is OPEN
    del rules[missing]
    with pytest.raises(TypeError, match=missing):
        Route("/x", SHUT, **rules)


def test_every_route_of_the_platform_has_a_rule_that_allows_a_role() -> None:
    def stranger(routes: Iterable[Route]) -> list[str]:
        return [route.pattern for route in routes if not route.access.roles]

    assert TABLE.routes
    assert stranger(TABLE.routes) == []


@pytest.mark.parametrize(
    ("service", "plan_class"),
    [
        ("stop-monitoring", "board"),
        ("estimated-timetable", "bulk"),
        ("vehicle-monitoring", "bulk"),
        ("situation-exchange", "bulk"),
        ("general-message", "bulk"),
        ("lines-discovery", "list"),
        ("stoppoints-discovery", "list"),
    ],
)
def test_what_is_read_every_half_minute_is_not_a_list(service: str, plan_class: str) -> None:
    for form in ("", ".json", ".xml"):
        assert TABLE.get(f"/siri/2.0/{service}{form}").plan_class == plan_class


@pytest.mark.parametrize("subject", ["journeys/abc", "routes/tao%3Aa%2Fb", "stops/hub:x"])
def test_subscriptions_to_notifications_are_private_and_counted_apart(subject: str) -> None:
    path = f"/mobilite/v1/{subject}/subscriptions"
    for route, method in ((TABLE.get(path), "POST"), (TABLE.get(f"{path}/secret"), "DELETE")):
        assert (route.plan_class, route.service) == ("push", "mobilite_journeys")
        assert (route.cacheable, route.cors, route.can_be_covered) == (False, "none", False)
        assert route.methods == {method}
    for name, plan in PLANS.items():
        assert ("push" in plan.allowances) == (name != "house")
