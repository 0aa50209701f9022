"""Attacks with a stolen code, token or key.

https://www.rfc-editor.org/rfc/rfc9700, https://www.rfc-editor.org/rfc/rfc8725
"""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from gateway_world import World
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey
from oauth_world import (
    BACKEND_KEY,
    PASSWORD,
    Answer,
    AuthorizationQuery,
    Platform,
    of_dossier,
    start_platform,
)

SCOPE = "launch/patient offline_access patient/Observation.rs"


@pytest_asyncio.fixture
async def platform(world: World, postgres_url: str, tmp_path: Path) -> Platform:
    return await start_platform(world, postgres_url, tmp_path)


async def test_a_code_serves_once_and_takes_everything_back_when_it_returns(
    platform: Platform,
) -> None:
    request = AuthorizationQuery(SCOPE)
    code = await platform.code("alice", request)
    body = (await platform.exchange(code, request)).json
    assert (await platform.introspect(body["access_token"]))["active"] is True
    again = await platform.exchange(code, request)
    assert (again.status, again.json["error"]) == (400, "invalid_grant")
    assert await platform.introspect(body["access_token"]) == {"active": False}
    assert await platform.introspect(body["refresh_token"]) == {"active": False}


async def test_of_many_who_bring_one_code_at_once_one_is_served_at_most(
    platform: Platform,
) -> None:
    request = AuthorizationQuery(SCOPE)
    code = await platform.code("alice", request)
    answers = await asyncio.gather(*(platform.exchange(code, request) for _ in range(6)))
    assert sum(answer.status == 200 for answer in answers) <= 1
    served = [answer.json for answer in answers if answer.status == 200]
    for each in served:
        assert await platform.introspect(each["access_token"]) == {"active": False}


async def test_a_code_is_for_its_application_its_address_and_its_proof(platform: Platform) -> None:
    other = of_dossier(SCOPE)

    async def brought(**changed: str) -> Answer:
        request = AuthorizationQuery(SCOPE)
        return await platform.exchange(await platform.code("alice", request), request, **changed)

    for changed in (
        {"code_verifier": other.verifier},
        {"code_verifier": ""},
        {"code_verifier": "plain"},
        {"redirect_uri": other.redirect_uri},
        {"redirect_uri": ""},
    ):
        assert (await brought(**changed)).json["error"] == "invalid_grant", changed
    # Injected by another application, which has the verifier.
    request = AuthorizationQuery(SCOPE)
    code = await platform.code("alice", request)
    stolen = AuthorizationQuery(SCOPE, "dossier", request.redirect_uri, verifier=request.verifier)
    assert (await platform.exchange(code, stolen)).json["error"] == "invalid_grant"
    assert (await platform.exchange(code, request)).json["error"] == "invalid_grant"


async def test_a_code_lives_a_minute(platform: Platform) -> None:
    request = AuthorizationQuery(SCOPE)
    code = await platform.code("alice", request)
    platform.clock.advance(61)
    assert (await platform.exchange(code, request)).json["error"] == "invalid_grant"


async def test_a_refresh_token_that_returns_takes_everything_back(platform: Platform) -> None:
    request = AuthorizationQuery(SCOPE)
    first = (await platform.exchange(await platform.code("alice", request), request)).json

    async def renewed(token: str, **more: str) -> Answer:
        return await platform.token(
            "carnet", {"grant_type": "refresh_token", "refresh_token": token} | more
        )

    second = (await renewed(first["refresh_token"])).json
    assert (await platform.introspect(second["access_token"]))["active"] is True
    assert (await renewed(first["refresh_token"])).json["error"] == "invalid_grant"
    for token in (first["access_token"], second["access_token"], second["refresh_token"]):
        assert await platform.introspect(token) == {"active": False}
    assert (await renewed(second["refresh_token"])).json["error"] == "invalid_grant"


async def test_a_refresh_token_names_a_public_application_and_proves_no_other(
    platform: Platform,
) -> None:
    request = AuthorizationQuery(SCOPE)
    first = (await platform.exchange(await platform.code("alice", request), request)).json
    bare = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    assert (await platform.post("/auth/token", bare)).status == 200
    assert (await platform.post("/auth/token", bare)).json["error"] == "invalid_grant"
    others = of_dossier(SCOPE)
    code = await platform.code("docteur", others, patient="p-1")
    cached = (await platform.exchange(code, others)).json["refresh_token"]
    bare = {"grant_type": "refresh_token", "refresh_token": cached}
    for fields in (bare, bare | {"refresh_token": "unknown"}):
        assert (await platform.post("/auth/token", fields)).json["error"] == "invalid_client"
    assert (await platform.token("dossier", bare)).status == 200


async def test_a_refresh_token_is_bound_to_its_client_and_scopes(
    platform: Platform,
) -> None:
    request = AuthorizationQuery(SCOPE)
    first = (await platform.exchange(await platform.code("alice", request), request)).json
    more = await platform.token(
        "carnet",
        {
            "grant_type": "refresh_token",
            "refresh_token": first["refresh_token"],
            "scope": "patient/Observation.rs patient/Patient.rs",
        },
    )
    assert more.json["error"] == "invalid_scope"
    fields = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    assert (await platform.token("dossier", fields)).json["error"] == "invalid_grant"
    assert (await platform.token("carnet", fields)).json["error"] == "invalid_grant"


async def test_a_refresh_with_wider_scopes_does_not_use_the_token_up(platform: Platform) -> None:
    request = AuthorizationQuery(SCOPE)
    first = (await platform.exchange(await platform.code("alice", request), request)).json
    fields = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    for scope in ("patient/Observation.rs patient/Patient.rs", "patient/", " "):
        wider = await platform.token("carnet", fields | {"scope": scope})
        assert (wider.status, wider.json["error"]) == (400, "invalid_scope"), scope
    renewed = await platform.token("carnet", fields)
    assert renewed.status == 200
    assert (await platform.introspect(first["access_token"]))["active"] is True
    # One that was used already is stolen, whatever it asks for.
    again = await platform.token("carnet", fields | {"scope": "patient/Patient.rs"})
    assert again.json["error"] == "invalid_grant"
    assert await platform.introspect(renewed.json["access_token"]) == {"active": False}


async def test_what_an_operator_takes_from_an_application_is_not_renewed(
    platform: Platform,
) -> None:
    request = AuthorizationQuery(SCOPE + " patient/Patient.rs")
    first = (await platform.exchange(await platform.code("alice", request), request)).json
    text = platform.clients_file.read_text()
    platform.clients_file.write_text(
        text.replace("patient/Observation.rs patient/Patient.rs", "patient/Patient.rs")
    )
    fields = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    body = (await platform.token("carnet", fields)).json
    assert "patient/Observation.rs" not in body["scope"]
    assert "patient/Patient.rs" in body["scope"]


async def backend(platform: Platform, proof: dict[str, str], scope: str = "system/*.rs") -> Answer:
    return await platform.post(
        "/auth/token", {"grant_type": "client_credentials", "scope": scope} | proof
    )


async def test_an_assertion_serves_once(platform: Platform) -> None:
    proof = platform.proof("entrepot")
    assert (await backend(platform, proof)).status == 200
    again = await backend(platform, proof)
    assert (again.status, again.json["error"]) == (401, "invalid_client")
    proof = platform.proof("entrepot")
    answers = await asyncio.gather(*(backend(platform, proof) for _ in range(5)))
    assert [answer.status for answer in answers].count(200) == 1


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "https://else.example/auth/token"},
        {"aud": None},
        {"iss": "dossier", "sub": "dossier"},
        {"sub": "esante"},
        {"exp": None},
        {"exp": 1},
        {"exp": 10**11},
        {"exp": "soon"},
        {"jti": None},
        {"jti": 7},
        {"jti": ""},
        {"nbf": 10**11},
    ],
)
async def test_an_assertion_needs_all_its_claims(
    platform: Platform, claims: dict[str, Any]
) -> None:
    answer = await backend(platform, platform.proof("entrepot", **claims))
    assert (answer.status, answer.json["error"]) == (401, "invalid_client")


async def test_an_assertion_is_signed_by_the_applications_own_key(platform: Platform) -> None:
    claims = {
        "iss": "entrepot",
        "sub": "entrepot",
        "aud": platform.authority.token_endpoint,
        "exp": int(platform.clock.now().timestamp()) + 60,
    }

    def signed(key: Any, header: dict[str, Any]) -> dict[str, str]:
        token = jwt.encode(header, claims | {"jti": str(header)}, key, algorithms=[header["alg"]])
        return platform.proof("entrepot") | {"client_assertion": token}

    public_bytes = json.dumps(BACKEND_KEY.as_dict(private=False)).encode()
    for proof in (
        signed(ECKey.generate_key("P-384"), {"alg": "ES384", "kid": "ec"}),
        signed(BACKEND_KEY, {"alg": "ES384", "kid": "other"}),
        signed(BACKEND_KEY, {"alg": "ES384"}),
        signed(BACKEND_KEY, {"alg": "ES384", "kid": "ec", "jku": "https://evil.example"}),
        signed(
            BACKEND_KEY, {"alg": "ES384", "kid": "ec", "jwk": BACKEND_KEY.as_dict(private=False)}
        ),
        signed(OctKey.import_key(public_bytes), {"alg": "HS384", "kid": "ec"}),
        platform.proof("entrepot") | {"client_assertion": "x" * 9000},
        platform.proof("entrepot") | {"client_assertion": "a.b.c"},
        platform.proof("entrepot") | {"client_assertion_type": "other"},
        {"client_id": "entrepot"},
    ):
        answer = await backend(platform, proof)
        assert (answer.status, answer.json["error"]) == (401, "invalid_client"), proof
    none = platform.proof("entrepot")["client_assertion"].split(".")
    unsigned = {"client_assertion": f"eyJhbGciOiJub25lIn0.{none[1]}."}
    assert (await backend(platform, platform.proof("entrepot") | unsigned)).status == 401


async def test_each_client_type_has_its_own_grants(platform: Platform) -> None:
    request = await platform.authorize("alice", AuthorizationQuery(SCOPE, client="entrepot"))
    assert request.status == 400  # it has no redirect URI
    for client in ("carnet", "dossier"):
        answer = await platform.token(
            client, {"grant_type": "client_credentials", "scope": "system/*.rs"}
        )
        assert answer.json["error"] == "unauthorized_client"
    assert (await backend(platform, platform.proof("entrepot"), "system/Condition.rs")).json[
        "error"
    ] == "invalid_scope"
    for category in ("password", "implicit", ""):
        answer = await platform.token(
            "carnet", {"grant_type": category, "username": "alice", "password": "x"}
        )
        assert answer.json["error"] == "unsupported_grant_type"
    in_body = {"client_id": "dossier", "client_secret": PASSWORD, "grant_type": "refresh_token"}
    assert (await platform.post("/auth/token", in_body)).status == 401
    public = await platform.post("/auth/introspect", {"token": "x", "client_id": "carnet"})
    assert public.json["error"] == "invalid_client"
    not_a_form = await platform.http.post(platform.public + "/auth/token", json={"grant_type": "x"})
    assert (await not_a_form.json())["error"] == "invalid_request"
