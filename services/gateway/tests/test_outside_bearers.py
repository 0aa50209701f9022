"""Access tokens of a trusted outside issuer: its keys found by discovery, rotated, out of reach;
and every token of its that opens nothing."""

import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
import pytest_asyncio
from gateway_world import ECHO, KEYS, Gateway, World
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from token_makers import RSA, STRANGER, made, own_claims, own_token, part

from gateway.adapters.bearer_tokens import BearerTokens
from gateway.adapters.provider_documents import ProviderDocuments
from gateway.adapters.providers_file import read_providers
from gateway.domain.access import OPEN, only
from gateway.domain.routes import Route, RouteTable
from gateway.domain.session import pseudonym
from gateway.flows.identify import Identify
from socle.auth import HEADER, Caller, Compact
from socle.clock import ManualClock
from socle.http import Receive, Scope, Send, http_client

PUBLIC, AUDIENCE, SECRET = "https://region.example.org", "region-lab-api", b"k" * 32
ODD = "/.well-known/wallet-openid-configuration"
EC, ED = ECKey.generate_key("P-256"), OKPKey.generate_key("Ed25519")
ROUTES = RouteTable(
    (
        Route("/echo/closed", ECHO, only("coordinator"), plan_class="list"),
        Route("/echo/{rest...}", ECHO, OPEN, plan_class="list"),
    )
)
FILE = """
[[provider]]
id = "psc"
label = "Un fournisseur"
issuer = "{base}/realm"
discovery = "{base}/realm{odd}"
client_id = "region-lab"
role_claim = "realm_access.roles"
role_values = {{ coordination = "coordinator", soin = "professional" }}
acr = ["eidas2", "eidas3"]
algorithms = ["RS256", "PS256", "ES256", "Ed25519"]
bearer_audience = "region-lab-api"
organisation_claim = "org"
"""


@dataclass
class Issuer:
    """An OpenID provider, as far as a resource server sees it. `asked`: how often, by address."""

    base: str = ""
    keys: dict[str, Any] = field(default_factory=lambda: {"rsa": RSA, "ec": EC, "ed": ED})
    issuer: str | None = None
    answer: bytes | None = None
    status: int = 200
    asked: dict[str, int] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        self.asked[path] = self.asked.get(path, 0) + 1
        told: Any = {}
        if path == "/realm" + ODD:
            told = {
                "issuer": self.issuer or f"{self.base}/realm",
                "jwks_uri": f"{self.base}/keys",
                "authorization_endpoint": "https://elsewhere.example.org/authorize",
                "token_endpoint": f"{self.base}/token",
            }
        elif path == "/keys":
            told = {
                "keys": [
                    key.as_dict(private=False) | {"kid": kid, "use": "sig"}
                    for kid, key in self.keys.items()
                ]
            }
        body = orjson.dumps(told) if self.answer is None else self.answer
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": body})

    def claims(self, **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        told = {
            "iss": f"{self.base}/realm",
            "aud": [AUDIENCE, "account"],
            "sub": "f:1:dupont",
            "azp": "tableau-de-bord",
            "scope": "openid pilotes/read",
            "acr": "eidas2",
            "realm_access": {"roles": ["coordination"]},
            "org": "finess",
            "iat": now,
            "exp": now + 120,
        }
        return {name: value for name, value in (told | changes).items() if value is not None}

    def token(self, key: Any = RSA, alg: str = "RS256", kid: Any = "rsa", **changes: Any) -> str:
        return made(key, {"alg": alg, "kid": kid, "typ": "JWT"}, self.claims(**changes))


@dataclass
class Door:
    """A door that trusts the issuer, and what it makes of a token."""

    issuer: Issuer
    gateway: Gateway
    clock: ManualClock
    client: aiohttp.ClientSession

    async def ask(self, token: str, path: str = "/echo/x") -> tuple[int, Any, str]:
        headers = {"authorization": f"Bearer {token}", "accept-encoding": "identity"}
        async with self.client.get(self.gateway.address + path, headers=headers) as answer:
            told = orjson.loads(await answer.read())
            return answer.status, told, answer.headers.get("www-authenticate", "")

    async def status(self, token: str, path: str = "/echo/x") -> int:
        return (await self.ask(token, path))[0]


async def service(scope: Scope, receive: Receive, send: Send) -> None:
    caller = Caller.of_claims(Compact(dict(scope["headers"])[HEADER]).claims)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": orjson.dumps(caller.claims())})


class NothingRevoked:
    def revoked(self, *references: str) -> bool:
        return False


@pytest_asyncio.fixture
async def door(
    world: World, client: aiohttp.ClientSession, tmp_path: Path, manual_clock: ManualClock
) -> AsyncIterator[Door]:
    issuer = Issuer()
    issuer.base = await world.application(issuer)
    file = tmp_path / "providers.toml"
    file.write_text(FILE.format(base=issuer.base, odd=ODD), "utf-8")
    async with http_client(outside=True) as session:
        bearers = BearerTokens(
            KEYS,
            issuer=PUBLIC,
            audiences=(PUBLIC,),
            providers=read_providers(file),
            keys=ProviderDocuments(session, manual_clock),
            pseudonym=lambda issuer, subject: pseudonym(SECRET, issuer, subject),
        )
        stages = (Identify(bearers, NothingRevoked()),)
        address = await world.application(service)
        gateway = await world.gateway(address, routes=ROUTES, stages=stages)
        yield Door(issuer, gateway, manual_clock, client)


async def test_its_people_come_in_as_what_they_are_here(door: Door) -> None:
    status, told, _ = await door.ask(door.issuer.token(), "/echo/closed")
    assert status == 200
    assert told["sub"] == pseudonym(SECRET, f"{door.issuer.base}/realm", "f:1:dupont")
    assert "dupont" not in str(told)
    assert (told["role"], told["organisation"]) == ("coordinator", "finess")
    assert (told["client_id"], told["scope"]) == ("tableau-de-bord", "openid pilotes/read")
    for key, alg, kid in ((RSA, "PS256", "rsa"), (EC, "ES256", "ec"), (ED, "Ed25519", "ed")):
        assert await door.status(door.issuer.token(key, alg, kid), "/echo/closed") == 200
    nurse = door.issuer.token(realm_access={"roles": ["soin"]})
    assert await door.status(nurse, "/echo/closed") == 403
    assert await door.status(nurse) == 200
    assert door.issuer.asked == {"/realm" + ODD: 1, "/keys": 1}


def bad_tokens(issuer: Issuer) -> dict[str, str]:
    now, good = int(time.time()), issuer.token()
    secret = OctKey.import_key(json.dumps(RSA.as_dict(private=False)))
    plain = {"alg": "RS256", "kid": "rsa"}

    def headed(**header: Any) -> str:
        return made(RSA, plain | header, issuer.claims())

    return {
        "alg none": f"{part({'alg': 'none', 'kid': 'rsa'})}.{part(issuer.claims())}.",
        "alg HS256 with the public key": issuer.token(secret, "HS256"),
        "an algorithm not listed": issuer.token(RSA, "RS512"),
        "an algorithm of another key": issuer.token(EC, "ES256", "rsa"),
        "unknown kid": issuer.token(kid="k9"),
        "no kid": made(RSA, {"alg": "RS256"}, issuer.claims()),
        "kid of another kind": issuer.token(kid=["rsa"]),
        "other key": issuer.token(RSAKey.generate_key(2048)),
        "crit": headed(crit=["exp"], exp=now + 60),
        "jwk": headed(jwk=RSA.as_dict(private=False)),
        "jku": headed(jku=f"{issuer.base}/keys"),
        "oversized": issuer.token(more="x" * 8192),
        "expired": issuer.token(iat=now - 300, exp=now - 61),
        "future": issuer.token(iat=now + 120),
        "not before": issuer.token(nbf=now + 120),
        "no expiry": issuer.token(exp=None),
        "no iat": issuer.token(iat=None),
        "other audience": issuer.token(aud="account"),
        "its ID token": issuer.token(aud="region-lab"),
        "no audience": issuer.token(aud=None),
        "no subject": issuer.token(sub=None),
        "other issuer": issuer.token(iss="https://elsewhere.example.org"),
        "another realm": issuer.token(iss=f"{issuer.base}/other"),
        "our issuer": issuer.token(iss=PUBLIC, aud=PUBLIC),
        "signed by us": made(
            KEYS.signing, {"alg": "ES256", "kid": KEYS.signing_id}, issuer.claims()
        ),
        "signed by a stranger": issuer.token(STRANGER, "ES256", "ec"),
        "signature cut": good[:-8],
    }


async def test_every_other_token_of_it_is_refused(door: Door) -> None:
    assert await door.status(door.issuer.token()) == 200
    for name, token in bad_tokens(door.issuer).items():
        status, told, challenge = await door.ask(token)
        assert status == 401, name
        assert challenge.startswith('Bearer error="invalid_token"'), name
        assert told["type"] == "urn:regionlab:problem:unauthenticated", name


async def test_a_level_too_low_is_told_with_the_levels_that_would_do(door: Door) -> None:
    for acr in ("eidas1", None, ["eidas2"]):
        status, _, challenge = await door.ask(door.issuer.token(acr=acr))
        assert status == 401
        assert challenge == (
            'Bearer error="insufficient_user_authentication", error_description="insufficient '
            'level of authentication", acr_values="eidas2 eidas3"'
        )


async def test_an_account_without_a_role_here_is_nobody_here(door: Door) -> None:
    status, told, _ = await door.ask(door.issuer.token(realm_access={"roles": ["autre"]}))
    assert (status, told["type"]) == (403, "urn:regionlab:problem:forbidden")


async def test_clocks_that_differ_by_less_than_a_minute_agree(door: Door) -> None:
    now = int(time.time())
    assert await door.status(door.issuer.token(iat=now + 45)) == 200
    assert await door.status(door.issuer.token(iat=now - 300, exp=now - 45)) == 200


async def test_its_keys_are_rotated_and_read_again_once_in_a_while(door: Door) -> None:
    new = RSAKey.generate_key(2048)
    assert await door.status(door.issuer.token()) == 200
    door.issuer.keys = {"new": new}
    assert await door.status(door.issuer.token(new, kid="new")) == 401
    door.clock.advance(5)
    assert await door.status(door.issuer.token(new, kid="new")) == 200
    assert await door.status(door.issuer.token(jti="2")) == 401
    for at in range(5):
        assert await door.status(door.issuer.token(kid=f"k{at}")) == 401
    assert door.issuer.asked["/keys"] == 2


@pytest.mark.parametrize("answer", [b"", b"[]", b"{}", b'{"keys": []}', b"x" * 300_000, None])
async def test_its_outage_is_survived_with_the_last_good_keys(
    door: Door, answer: bytes | None
) -> None:
    assert await door.status(door.issuer.token()) == 200
    door.issuer.answer, door.issuer.status = answer, 200 if answer else 503
    door.clock.advance(5)
    assert await door.status(door.issuer.token(kid="k9")) == 401
    assert await door.status(door.issuer.token(jti="2")) == 200
    door.clock.advance(4000)
    assert await door.status(door.issuer.token(jti="3")) == 200


async def test_an_issuer_never_reached_is_no_fault_of_the_caller(door: Door) -> None:
    door.issuer.status = 503
    assert await door.status(door.issuer.token()) == 503
    own = own_token(KEYS, own_claims(iss=PUBLIC, aud=PUBLIC))
    assert await door.status(own) == 200
    door.issuer.status = 200
    door.clock.advance(1)
    assert await door.status(door.issuer.token()) == 200


async def test_a_document_of_another_issuer_is_not_believed(door: Door) -> None:
    door.issuer.issuer = "https://elsewhere.example.org"
    assert await door.status(door.issuer.token()) == 503
    assert "/keys" not in door.issuer.asked
