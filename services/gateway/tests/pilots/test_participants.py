"""Enrolment: only the participant's cookie is forwarded, to the service that sets it, and no other
site can consent for a person."""

import json
from typing import Any

import aiohttp
import pytest
from gateway_world import ECHO, Gateway, World

from gateway.callers.domain.access import OPEN
from gateway.callers.domain.identity import Identity
from gateway.quotas.domain.api_key import ApiKey
from gateway.quotas.domain.plans import PLANS
from gateway.quotas.flows.admit import Admit
from gateway.quotas.flows.shared_limits import Admission
from gateway.routes.domain.request_context import RequestContext
from gateway.routes.domain.route_table import TABLE
from gateway.routes.domain.routes import Route, RouteTable, normalise
from gateway.routes.ports import Stage
from gateway.sessions.flows.guard_cross_site import guard_cross_site
from socle.http import Receive, Scope, Send

VALUE = "AAECAwQFBgcICQoLDA0ODw"
OWN_COOKIE = f"__Host-participant={VALUE}"
REMINDERS = "/participer/mes-participations/{pilot_id}/rappels"
METHODS = frozenset({"GET", "POST"})
ROUTES = RouteTable(
    (
        Route("/echo/enrol", ECHO, OPEN, METHODS, plan_class="page", participant=True),
        Route("/echo/say", ECHO, OPEN, METHODS, plan_class="voice"),
        Route("/echo/subscribe", ECHO, OPEN, METHODS, plan_class="push"),
        Route("/echo/{rest...}", ECHO, OPEN, METHODS, plan_class="page"),
    )
)
GIVEN = (
    (b"set-cookie", f"{OWN_COOKIE}; Path=/; Secure; HttpOnly; SameSite=Lax".encode()),
    (b"set-cookie", b"__Host-session=stolen; Path=/; Secure"),
    (b"set-cookie", b"a=1"),
)


async def service(scope: Scope, receive: Receive, send: Send) -> None:
    """Returns the cookies it received, and sets three."""
    payload = [value.decode() for name, value in scope["headers"] if name == b"cookie"]
    await send({"type": "http.response.start", "status": 200, "headers": list(GIVEN)})
    await send({"type": "http.response.body", "body": json.dumps(payload).encode()})


async def identify(context: RequestContext) -> None:
    if b"x-test-bearer" in context.headers:
        context.identity = Identity(role="traveller", subject="alice", means="bearer")
    if b"x-test-session" in context.headers:
        context.identity = Identity(role="traveller", subject="alice", means="session")


async def open_gateway(world: World, *then: Stage) -> Gateway:
    return await world.gateway(
        await world.application(service),
        routes=ROUTES,
        stages=(identify, guard_cross_site("https://lab.example"), *then),
    )


@pytest.mark.parametrize(
    ("path", "cookie", "inward"),
    [
        ("/echo/enrol", OWN_COOKIE, [OWN_COOKIE]),
        ("/echo/enrol", f"__Host-session=s; {OWN_COOKIE}; autre=1", [OWN_COOKIE]),
        ("/echo/enrol", "__Host-session=s; autre=1", []),
        ("/echo/enrol", "__Host-participant=trop-court", []),
        ("/echo/enrol", f"__Host-participant={VALUE}%0d", []),
        ("/echo/a", OWN_COOKIE, []),
    ],
)
async def test_one_cookie_is_forwarded_on_participant_routes(
    world: World, client: aiohttp.ClientSession, path: str, cookie: str, inward: list[str]
) -> None:
    replica = await open_gateway(world)
    async with client.get(replica.address + path, headers={"cookie": cookie}) as answer:
        assert await answer.json(content_type=None) == inward


async def test_a_service_gives_that_cookie_alone_and_there_alone(
    world: World, client: aiohttp.ClientSession
) -> None:
    replica = await open_gateway(world)
    async with client.get(replica.address + "/echo/enrol") as answer:
        assert answer.headers.getall("set-cookie") == [GIVEN[0][1].decode()]
        assert answer.headers["cache-control"] == "no-store"
    async with client.get(replica.address + "/echo/a") as answer:
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "https://lab.example"}, 200),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({}, 403),
        ({"origin": "https://ailleurs.invalid"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"x-test-session": "1"}, 403),
        ({"x-test-bearer": "1"}, 200),
    ],
    ids=str,
)
async def test_no_consent_comes_from_another_site(
    world: World, client: aiohttp.ClientSession, headers: dict[str, str], status: int
) -> None:
    replica = await open_gateway(world)
    for cookie in ({}, {"cookie": OWN_COOKIE}):
        payload = headers | cookie
        async with client.post(
            replica.address + "/echo/enrol", data={"a": "1"}, headers=payload
        ) as got:
            assert got.status == status
    async with client.get(replica.address + "/echo/enrol", headers=headers) as got:
        assert got.status == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"origin": "https://lab.example"}, 200),
        ({"sec-fetch-site": "none"}, 200),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"origin": "https://ailleurs.invalid"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site", "x-test-bearer": "1"}, 403),
    ],
    ids=str,
)
async def test_no_other_site_uses_up_the_quotas_of_opinions_and_subscriptions(
    world: World, client: aiohttp.ClientSession, headers: dict[str, str], status: int
) -> None:
    counted = []

    async def admit(context: RequestContext) -> None:
        counted.append(context.method)

    replica = await open_gateway(world, admit)
    requests = [(method, path) for path in ("say", "subscribe") for method in ("GET", "POST")]
    for method, path in requests:
        async with client.request(method, f"{replica.address}/echo/{path}", headers=headers) as got:
            assert got.status == status
    assert counted == (["GET", "POST"] * 2 if status == 200 else [])


def test_enrolments_are_counted_apart_from_reading() -> None:
    for path, reading in (("/participer/c/ABCDE-FGHJK", "page"),
                          ("/pilotes/v1/participations", "pilot")):  # fmt: skip
        route = TABLE.get(path)
        assert (route.plan_class_of("GET"), route.plan_class_of("POST")) == (reading, "enrolment")
    # Who refuses, agrees again, or withdraws, is no new participant.
    refusal = TABLE.get("/participer/c/ABCDE-FGHJK/refus")
    assert (refusal.plan_class_of("POST"), refusal.participant) == ("page", True)
    assert TABLE.get("/pilotes/v1/participations/alertes/renewal").plan_class_of("POST") == "pilot"
    for name, plan in PLANS.items():
        allowance = plan.allowances.get("enrolment")
        assert (allowance is None) == (name == "house")
        assert allowance is None or (allowance.daily or 0) <= 20


@pytest.mark.parametrize(
    ("sent", "pattern"),
    [
        ("/participer/%63/ABCDE-FGHJK", "/participer/c/{code}"),
        ("/participer/c%2FABCDE-FGHJK", None),
        ("/participer/%63%2fABCDE-FGHJK", None),
        ("/pilotes/v1/%70articipations", "/pilotes/v1/participations"),
        ("/pilotes/v1/participations%2Falertes", None),
        ("/participer/mes-participations/a/%72appels/notification", f"{REMINDERS}/notification"),
        ("/participer/mes-participations/a/rappels%2Fnotification", None),
        ("/mobilite/v1/desk%2Fmessages", None),
        ("/fhir/%24async-job/1/2", "/fhir/$async-job/{job}/{file}"),
        ("/mobilite/v1/stops/tao:a%2Fb/departures", "/mobilite/v1/stops/{stop_id}/departures"),
        ("/lignes/sncf:K2%2F1", "/lignes/{rest...}"),
    ],
)
def test_another_spelling_reaches_no_route_with_other_limits(
    sent: str, pattern: str | None
) -> None:
    route = TABLE.find(normalise(sent))
    assert (route and route.pattern) == pattern


async def test_enrolments_are_counted_by_address_whatever_the_account() -> None:
    counted = []

    class Limits:
        async def take(self, account: str, *rest: object) -> Admission:
            counted.append(account)
            return Admission(None, 0.0, 20, 19, 1.0)

    unused: Any = None
    limits: Any = Limits()
    admit = Admit(
        plans=lambda: PLANS,
        house_key=lambda _: ApiKey("1", "free", "registered"),
        account_plan=lambda _: None,
        client_plan=lambda _: None,
        keys=unused,
        limits=limits,
        streams=unused,
    )
    for method in ("POST", "GET"):
        route = TABLE.get("/pilotes/v1/participations")
        await admit(RequestContext(route, method, "", "192.0.2.1", {b"x-api-key": b"any"}))
    assert counted == ["ip:192.0.2.1", "free"]


def test_opinions_are_counted_apart_from_reading() -> None:
    avis = "/participer/pilotes/alertes/avis"
    form, program = TABLE.get(f"{avis}/envoi"), TABLE.get("/pilotes/v1/contributions")
    assert (form.plan_class, program.plan_class) == ("voice", "voice")
    # A form from another site is refused, as for every change.
    assert (form.participant, program.participant) == (True, False)
    assert TABLE.get(avis).plan_class == "page"
    assert TABLE.get("/pilotes/v1/pilots/alertes/contributions").plan_class == "pilot"
    for name, plan in PLANS.items():
        allowance = plan.allowances.get("voice")
        assert (allowance is None) == (name == "house")
        # One address cannot use up a pilot's daily limit of 500 contributions.
        assert allowance is None or (allowance.daily or 0) <= 100


def test_a_mailbox_stops_messages_with_one_post_that_names_no_origin() -> None:
    route = TABLE.get("/participer/messages/arreter/AAAA")
    assert "POST" in route.methods
    assert (route.participant, route.coverable, route.plan_class) == (False, False, "page")
    assert TABLE.get("/participer/mes-participations/alertes/rappels").participant


def test_a_browser_is_subscribed_to_reminders_from_this_site_alone_and_counted_apart() -> None:
    page = TABLE.get("/participer/mes-participations/alertes/rappels")
    route = TABLE.get("/participer/mes-participations/alertes/rappels/notification")
    assert route.pattern == f"{REMINDERS}/notification"
    assert (route.plan_class_of("GET"), route.plan_class_of("POST")) == ("page", "push")
    assert page.plan_class_of("POST") == "page"
    assert (route.service, route.participant, route.cors) == ("pilotes", True, "none")
    assert (route.no_store, route.can_be_covered) == (True, False)
