"""Access tokens of a trusted outside issuer: key discovery, rotation and outage, and its invalid
tokens."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
import pytest_asyncio
from gateway_world import ECHO, KEYS, Gateway, World
from joserfc.jwk import RSAKey
from no_revocations import NothingRevoked
from outside_issuer import EC, ED, ODD, PLATFORM, SECRET, Issuer, bad_outside_tokens, trusting
from token_makers import RSA, own_claims, own_token

from gateway.authentication.adapters.provider_documents import ProviderDocuments
from gateway.authentication.flows.identify import AuthenticateBearer
from gateway.callers.domain.access import OPEN, only
from gateway.routes.domain.routes import Route, RouteTable
from gateway.sessions.domain.session import pseudonym
from socle.auth import TOKEN_HEADER, Caller, CompactToken
from socle.clock import ManualClock
from socle.http import Receive, Scope, Send, http_client

ROUTES = RouteTable(
    (
        Route("/echo/closed", ECHO, only("coordinator"), plan_class="list"),
        Route("/echo/{rest...}", ECHO, OPEN, plan_class="list"),
    )
)


@dataclass
class TrustingGateway:
    """A gateway that trusts the issuer, and the identity it reads in a token."""

    issuer: Issuer
    gateway: Gateway
    clock: ManualClock
    client: aiohttp.ClientSession

    async def fetch(self, token: str, path: str = "/echo/x") -> tuple[int, Any, str]:
        headers = {"authorization": f"Bearer {token}", "accept-encoding": "identity"}
        async with self.client.get(self.gateway.address + path, headers=headers) as answer:
            payload = orjson.loads(await answer.read())
            return answer.status, payload, answer.headers.get("www-authenticate", "")

    async def status(self, token: str, path: str = "/echo/x") -> int:
        return (await self.fetch(token, path))[0]


async def service(scope: Scope, receive: Receive, send: Send) -> None:
    caller = Caller.of_claims(CompactToken(dict(scope["headers"])[TOKEN_HEADER]).claims)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": orjson.dumps(caller.claims())})


@pytest_asyncio.fixture
async def replica(
    world: World, client: aiohttp.ClientSession, tmp_path: Path, manual_clock: ManualClock
) -> AsyncIterator[TrustingGateway]:
    issuer = Issuer()
    issuer.base = await world.application(issuer)
    async with http_client(outside=True) as session:
        bearers = trusting(issuer, tmp_path, ProviderDocuments(session, manual_clock))
        stages = (AuthenticateBearer(bearers, NothingRevoked()),)
        address = await world.application(service)
        gateway = await world.gateway(address, routes=ROUTES, stages=stages)
        yield TrustingGateway(issuer, gateway, manual_clock, client)


async def test_its_people_come_in_as_what_they_are_here(replica: TrustingGateway) -> None:
    status, payload, _ = await replica.fetch(replica.issuer.token(), "/echo/closed")
    assert status == 200
    assert payload["sub"] == pseudonym(SECRET, f"{replica.issuer.base}/realm", "f:1:dupont")
    assert "dupont" not in str(payload)
    assert (payload["role"], payload["organisation"]) == ("coordinator", "finess")
    assert (payload["client_id"], payload["scope"]) == (
        "psc:tableau-de-bord",
        "openid pilotes/read",
    )
    for key, alg, kid in ((RSA, "PS256", "rsa"), (EC, "ES256", "ec"), (ED, "Ed25519", "ed")):
        assert await replica.status(replica.issuer.token(key, alg, kid), "/echo/closed") == 200
    nurse = replica.issuer.token(realm_access={"roles": ["soin"]})
    assert await replica.status(nurse, "/echo/closed") == 403
    status, payload, _ = await replica.fetch(nurse)
    assert (status, payload.get("professions")) == (200, None)
    exercises = [{"codeProfession": each} for each in ("60", "10", "60", "a b", 10, None)]
    both = {"realm_access": {"roles": ["soin"]}, "SubjectRefPro": {"exercices": exercises}}
    assert (await replica.fetch(replica.issuer.token(**both)))[1]["professions"] == "10 60"
    assert replica.issuer.request_counts == {"/realm" + ODD: 1, "/keys": 1}


async def test_every_other_token_of_it_is_refused(replica: TrustingGateway) -> None:
    assert await replica.status(replica.issuer.token()) == 200
    for name, token in bad_outside_tokens(replica.issuer).items():
        if name in ("low acr", "no acr"):
            continue
        status, payload, challenge = await replica.fetch(token)
        assert status == 401, name
        assert challenge.startswith('Bearer error="invalid_token"'), name
        assert payload["type"] == "urn:regionlab:problem:unauthenticated", name


async def test_a_level_too_low_is_refused_with_the_accepted_levels(
    replica: TrustingGateway,
) -> None:
    for acr in ("eidas1", None, ["eidas2"]):
        status, _, challenge = await replica.fetch(replica.issuer.token(acr=acr))
        assert status == 401
        assert challenge == (
            'Bearer error="insufficient_user_authentication", error_description="insufficient '
            'level of authentication", acr_values="eidas2 eidas3"'
        )


async def test_an_account_without_a_role_is_refused(replica: TrustingGateway) -> None:
    status, payload, _ = await replica.fetch(
        replica.issuer.token(realm_access={"roles": ["autre"]})
    )
    assert (status, payload["type"]) == (403, "urn:regionlab:problem:forbidden")


async def test_clocks_that_differ_by_less_than_a_minute_agree(replica: TrustingGateway) -> None:
    now = int(time.time())
    assert await replica.status(replica.issuer.token(iat=now + 45)) == 200
    assert await replica.status(replica.issuer.token(iat=now - 300, exp=now - 45)) == 200


async def test_its_keys_are_rotated_and_read_again_once_in_a_while(
    replica: TrustingGateway,
) -> None:
    new = RSAKey.generate_key(2048)
    assert await replica.status(replica.issuer.token()) == 200
    replica.issuer.keys = {"new": new}
    assert await replica.status(replica.issuer.token(new, kid="new")) == 401
    replica.clock.advance(5)
    assert await replica.status(replica.issuer.token(new, kid="new")) == 200
    assert await replica.status(replica.issuer.token(jti="2")) == 401
    for at in range(5):
        assert await replica.status(replica.issuer.token(kid=f"k{at}")) == 401
    assert replica.issuer.request_counts["/keys"] == 2


@pytest.mark.parametrize("answer", [b"", b"[]", b"{}", b'{"keys": []}', b"x" * 300_000, None])
async def test_its_outage_is_survived_with_the_last_good_keys(
    replica: TrustingGateway, answer: bytes | None
) -> None:
    assert await replica.status(replica.issuer.token()) == 200
    replica.issuer.answer, replica.issuer.status = answer, 200 if answer else 503
    replica.clock.advance(5)
    assert await replica.status(replica.issuer.token(kid="k9")) == 401
    assert await replica.status(replica.issuer.token(jti="2")) == 200
    replica.clock.advance(4000)
    assert await replica.status(replica.issuer.token(jti="3")) == 200


async def test_an_issuer_never_reached_is_no_fault_of_the_caller(replica: TrustingGateway) -> None:
    replica.issuer.status = 503
    assert await replica.status(replica.issuer.token()) == 503
    own = own_token(KEYS, own_claims(iss=PLATFORM, aud=PLATFORM))
    assert await replica.status(own) == 200
    replica.issuer.status = 200
    replica.clock.advance(1)
    assert await replica.status(replica.issuer.token()) == 200


async def test_a_document_of_another_issuer_is_not_believed(replica: TrustingGateway) -> None:
    replica.issuer.issuer = "https://elsewhere.example.org"
    assert await replica.status(replica.issuer.token()) == 503
    assert "/keys" not in replica.issuer.request_counts
