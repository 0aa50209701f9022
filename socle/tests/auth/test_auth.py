"""Inward tokens at a service's door: real tokens, real servers, and everything that is none."""

import base64
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import orjson
import pytest
import pytest_asyncio
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from socle.auth import (
    ISSUER,
    TOKEN_HEADER,
    Caller,
    CompactToken,
    Keys,
    MalformedToken,
    Unverified,
    Verified,
    Verifier,
    caller_of,
)
from socle.auth.keys import COOL_DOWN
from socle.clock import ManualClock
from socle.errors import Refusal
from socle.http import Receive, Scope, Send
from socle.testing import ServeApp

KEY, OTHER = ECKey.generate_key("P-256"), ECKey.generate_key("P-256")
RSA = RSAKey.generate_key(2048)
WHO = Caller(
    role="professional",
    subject="p-1",
    scopes=frozenset({"user/*.rs"}),
    client="app",
    organisation="finess",
    patient=None,
    plan="partner",
    arms={"quais": "b"},
)


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    standard = WHO.claims() | {
        "iss": ISSUER,
        "aud": "toy",
        "iat": now,
        "nbf": now,
        "exp": now + 300,
    }
    return {name: value for name, value in (standard | changes).items() if value is not None}


def signed(payload: dict[str, Any] | None = None, key: Any = KEY, **header: Any) -> str:
    fields = {"alg": "ES256", "kid": "k1"} | header
    return jwt.encode(fields, payload or claims(), key, algorithms=[fields["alg"]])


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def resigned(header: dict[str, Any]) -> str:
    """A token whose header no library would write, rightly signed all the same."""
    signing = f"{part(header)}.{part(claims())}"
    made = ECKey.import_key(KEY.as_dict(private=True)).get_op_key("sign")
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
    from cryptography.hazmat.primitives.hashes import SHA256

    r, s = decode_dss_signature(made.sign(signing.encode(), ECDSA(SHA256())))
    raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return f"{signing}.{base64.urlsafe_b64encode(raw).rstrip(b'=').decode()}"


class Gateway:
    """What a service sees of the gateway: its keys, at an address."""

    def __init__(self) -> None:
        self.keys: dict[str, Any] = {"k1": KEY}
        self.away, self.requests = False, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.requests += 1
        jwks = [key.as_dict(private=False) | {"kid": kid} for kid, key in self.keys.items()]
        status = 503 if self.away else 200
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": orjson.dumps({"keys": jwks})})


class World:
    """A service behind the layer, the gateway's keys, and a clock for the cool-downs."""

    def __init__(self, gateway: Gateway, clock: ManualClock, client: aiohttp.ClientSession) -> None:
        self.gateway, self.clock, self.client = gateway, clock, client

    async def status(self, *tokens: str, path: str = "/where") -> int:
        headers = [(TOKEN_HEADER.decode(), token) for token in tokens]
        async with self.client.get(path, headers=headers) as answer:
            if answer.status == 401:
                response = await answer.json(content_type="application/problem+json")
                assert response["type"] == "urn:regionlab:problem:unauthenticated"
                assert response["request_id"]
            return answer.status


async def where(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the caller it received."""
    body = orjson.dumps(caller_of(scope).claims())
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


@pytest_asyncio.fixture
async def world(serve_app: ServeApp, manual_clock: ManualClock) -> AsyncIterator[World]:
    gateway = Gateway()
    async with aiohttp.ClientSession() as session:
        keys = Keys(f"{await serve_app(gateway)}/auth/jwks", session, manual_clock)
        layer = Verified(
            where, Verifier(keys, audiences={"toy"}), internal_paths=("/internal/toys/",)
        )
        async with aiohttp.ClientSession(await serve_app(layer)) as client:
            yield World(gateway, manual_clock, client)


async def test_the_signed_token_identifies_the_caller(world: World) -> None:
    async with world.client.get("/where", headers={TOKEN_HEADER.decode(): signed()}) as answer:
        assert answer.status == 200
        assert Caller.of_claims(orjson.loads(await answer.read())) == WHO
    assert world.gateway.requests == 1
    assert await world.status(signed()) == 200
    assert world.gateway.requests == 1


def bad_tokens() -> dict[str, str]:
    now = int(time.time())
    plain = {"alg": "none", "kid": "k1"}
    secret = OctKey.import_key(json.dumps(KEY.as_dict(private=False)))
    public = KEY.as_dict(private=False)
    good = signed()
    return {
        "none": "",
        "garbage": "a.b.c",
        "not three parts": good.rpartition(".")[0],
        "expired": signed(claims(iat=now - 700, nbf=now - 700, exp=now - 400)),
        "future": signed(claims(nbf=now + 400, exp=now + 700)),
        "no expiry": signed(claims(exp=None)),
        "expiry in words": signed(claims(exp="tomorrow")),
        "other audience": signed(claims(aud="mobilite")),
        "several audiences": signed(claims(aud=["toy", "mobilite"])),
        "no audience": signed(claims(aud=None)),
        "other issuer": signed(claims(iss="https://gateway.example.org")),
        "other key, same id": signed(key=OTHER),
        "alg none": f"{part(plain)}.{part(claims())}.",
        "alg none, signed": f"{part(plain)}.{part(claims())}.{good.rpartition('.')[2]}",
        "alg HS256 with the public key": signed(key=secret, alg="HS256"),
        "alg RS256": signed(key=RSA, alg="RS256"),
        "crit": resigned({"alg": "ES256", "kid": "k1", "crit": ["exp"], "exp": now + 60}),
        "jwk": resigned({"alg": "ES256", "kid": "k1", "jwk": public}),
        "jku": resigned({"alg": "ES256", "kid": "k1", "jku": "http://127.0.0.1:1/jwks"}),
        "x5u": resigned({"alg": "ES256", "kid": "k1", "x5u": "http://127.0.0.1:1/x"}),
        "unknown parameter": resigned({"alg": "ES256", "kid": "k1", "more": 1}),
        "unknown kid": signed(kid="k9"),
        "no kid": resigned({"alg": "ES256"}),
        "kid that is no text": resigned({"alg": "ES256", "kid": ["k1"]}),
        "header that is a list": f"{part(['alg'])}.{part(claims())}.x",
        "claims that are a list": f"{part({'alg': 'ES256'})}.{part([1])}.x",
        "claims without a role": signed(claims(role=None)),
        "oversized": signed(claims(arms={"p": "x" * 9000})),
        "brackets without end": "WyJhbGciXVtb." + "W1tb" * 1500 + ".x",
        "tampered": ".".join((good.split(".")[0], part(claims(role="house")), good.split(".")[2])),
        "an empty signature": good.rpartition(".")[0] + ".",
    }


@pytest.mark.parametrize("name", bad_tokens())
async def test_every_other_token_is_refused(world: World, name: str) -> None:
    assert await world.status(signed()) == 200
    assert await world.status(bad_tokens()[name]) == 401


def test_a_header_no_library_would_write_is_signed_rightly_here() -> None:
    assert CompactToken(resigned({"alg": "ES256", "kid": "k1"}).encode()).is_signed_by(KEY, "ES256")


async def test_no_token_and_two_are_refused(world: World) -> None:
    assert await world.status() == 401
    assert await world.status(signed(), signed(claims(role="coordinator"))) == 401


async def test_internal_requests_between_services_need_no_token(world: World) -> None:
    async with world.client.get("/internal/toys/1") as answer:
        assert orjson.loads(await answer.read())["role"] == "anonymous"
    assert await world.status(path="/internal/other") == 401
    assert await world.status(path="/internal/toys") == 401


async def test_an_unknown_key_id_reloads_the_keys_at_a_bounded_rate(world: World) -> None:
    assert await world.status(signed()) == 200
    world.clock.advance(COOL_DOWN)
    for _ in range(5):
        assert await world.status(signed(kid="k9")) == 401
    assert world.gateway.requests == 2


async def test_keys_are_rotated_and_the_old_one_goes(world: World) -> None:
    assert await world.status(signed()) == 200
    world.gateway.keys = {"k2": OTHER, "k1": KEY}
    world.clock.advance(COOL_DOWN)
    assert await world.status(signed(key=OTHER, kid="k2")) == 200
    assert await world.status(signed(claims(sub="p-2"))) == 200
    world.gateway.keys = {"k3": KEY, "k2": OTHER}
    world.clock.advance(COOL_DOWN)
    assert await world.status(signed(kid="k3")) == 200
    assert await world.status(signed(claims(sub="p-3"))) == 401


async def test_the_last_good_keys_outlive_an_outage(world: World) -> None:
    assert await world.status(signed()) == 200
    world.gateway.away = True
    world.clock.advance(COOL_DOWN)
    assert await world.status(signed(kid="k9")) == 401
    assert world.gateway.requests == 2
    assert await world.status(signed(claims(sub="p-2"))) == 200
    world.gateway.away, world.gateway.keys = False, {}
    world.clock.advance(COOL_DOWN)
    assert await world.status(signed(kid="k9")) == 401
    assert world.gateway.requests == 3
    assert await world.status(signed(claims(sub="p-3"))) == 200


async def test_without_any_key_yet_every_request_is_unavailable(world: World) -> None:
    world.gateway.away = True
    assert await world.status(signed()) == 503
    world.gateway.away = False
    world.clock.advance(1.0)
    assert await world.status(signed()) == 200


async def test_keys_can_come_from_a_file(tmp_path: Any, manual_clock: ManualClock) -> None:
    file = tmp_path / "jwks.json"
    async with aiohttp.ClientSession() as session:
        verifier = Verifier(Keys(str(file), session, manual_clock), audiences={"toy"})
        with pytest.raises(Refusal, match="pas encore connues"):
            await verifier.verify(signed().encode())
        file.write_text(json.dumps({"keys": [KEY.as_dict(private=False) | {"kid": "k1"}]}))
        manual_clock.advance(1.0)
        assert await verifier.verify(signed().encode()) == WHO


async def test_without_verification_every_caller_is_anonymous(serve_app: ServeApp) -> None:
    async with aiohttp.ClientSession(await serve_app(Unverified(where))) as client:
        response = await client.get("/where", headers={TOKEN_HEADER.decode(): signed()})
        assert orjson.loads(await response.read()) == {
            "role": "anonymous",
            "sub": "",
            "scope": "",
            "plan": "public",
        }


def test_a_token_is_looked_at_only_within_bounds() -> None:
    with pytest.raises(MalformedToken, match="too large"):
        CompactToken(b"x" * 8193)
    with pytest.raises(MalformedToken, match="unreadable"):
        CompactToken(b"x" * 8192)
