"""The issuer as a client of the field meets it: a real program, spoken to over HTTP."""

import json
import os
import secrets
import signal
import time
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from issuer_client import ASSERTION, BACK, CLIENTS, ENCRYPTION, SIGNATURE, Person, basic
from joserfc import jwe, jwt
from programs import Server, refused

from embedded.issuer.clients import Clients
from embedded.issuer.server import serving, signers_in


async def test_a_person_logs_in_with_a_code_that_serves_once(person: Person) -> None:
    back = await person.log_in("citoyens", "lucie")
    assert back["state"] == "s" * 32
    assert back["iss"] == f"{person.base}/citoyens"
    status, tokens = await person.exchange("citoyens", back["code"])
    assert status == 200
    keys = await person.keys("citoyens")
    claims = jwt.decode(tokens["id_token"], keys, algorithms=["ES256"]).claims
    assert claims["nonce"] == "n" * 32
    assert (claims["aud"], claims["acr"]) == ("portail", "eidas2")
    status, refusal = await person.exchange("citoyens", back["code"])
    assert (status, refusal["error"]) == (400, "invalid_grant")
    headers = {"authorization": f"Bearer {tokens['access_token']}"}
    async with person.http.get(f"{person.base}/citoyens/userinfo", headers=headers) as answer:
        userinfo = await answer.json()
    assert userinfo["sub"] == claims["sub"]
    assert userinfo["roles"] == ["patient"]


async def test_a_logged_in_person_is_not_prompted_again(person: Person) -> None:
    await person.log_in("citoyens", "marc")
    _, back = await person.request_authorization("citoyens")
    assert back["code"]
    _, back = await person.request_authorization("citoyens", prompt="none")
    assert back["code"]
    for prompt in ("login", "login consent", "consent select_account"):
        page, back = await person.request_authorization("citoyens", prompt=prompt)
        assert not back
        assert "Marc Modèle" in page


@pytest.mark.parametrize(
    ("realm", "parameters", "error"),
    [
        ("citoyens", {"code_challenge_method": "plain"}, "invalid_request"),
        ("citoyens", {"code_challenge": ""}, "invalid_request"),
        ("citoyens", {"response_type": "token"}, "unsupported_response_type"),
        ("citoyens", {"scope": "profile"}, "invalid_scope"),
        ("citoyens", {"prompt": "none"}, "login_required"),
        ("citoyens", {"prompt": "none login"}, "invalid_request"),
        ("coordination", {"state": "s" * 31}, "invalid_request"),
        ("coordination", {"nonce": "n" * 31}, "invalid_request"),
        ("coordination", {"surprise": "x"}, "invalid_request"),
    ],
)
async def test_bad_requests_come_back_with_their_error(
    person: Person, realm: str, parameters: dict[str, str], error: str
) -> None:
    _, back = await person.request_authorization(realm, **parameters)
    assert back["error"] == error


@pytest.mark.parametrize("parameters", [{"redirect_uri": BACK + "/x"}, {"client_id": "nobody"}])
async def test_an_unregistered_redirect_uri_is_refused(
    person: Person, parameters: dict[str, str]
) -> None:
    page, back = await person.request_authorization("citoyens", **parameters)
    assert not back
    assert "n’est pas connu" in page


@pytest.mark.parametrize(
    "parameters", [{"code_verifier": "w" * 43}, {"redirect_uri": BACK + "/x"}, {"code": "x"}]
)
async def test_a_code_is_bound_to_its_authorization_request(
    person: Person, parameters: dict[str, str]
) -> None:
    back = await person.log_in("citoyens", "marc")
    status, refusal = await person.exchange("citoyens", **({"code": back["code"]} | parameters))
    assert (status, refusal["error"]) == (400, "invalid_grant")


async def test_refresh_tokens_rotate_and_a_stolen_one_ends_them_all(person: Person) -> None:
    back = await person.log_in("citoyens", "marc")
    _, first = await person.exchange("citoyens", back["code"])

    async def refresh(token: str) -> tuple[int, dict[str, Any]]:
        return await person.token("citoyens", grant_type="refresh_token", refresh_token=token)

    status, second = await refresh(first["refresh_token"])
    assert status == 200
    assert (await refresh(first["refresh_token"]))[0] == 400
    assert (await refresh(second["refresh_token"]))[0] == 400


async def test_the_odd_provider_signs_userinfo(person: Person) -> None:
    place = f"{person.base}/professionnels/.well-known/wallet-openid-configuration"
    async with person.http.get(place) as answer:
        assert (await answer.json())["issuer"] == f"{person.base}/professionnels"
    back = await person.log_in("professionnels", "camille")
    _, tokens = await person.exchange("professionnels", back["code"])
    headers = {"authorization": f"Bearer {tokens['access_token']}"}
    async with person.http.get(f"{person.base}/professionnels/userinfo", headers=headers) as answer:
        assert answer.content_type == "application/jwt"
        claims = jwt.decode(await answer.text(), await person.keys("professionnels")).claims
    assert claims["SubjectRefPro"]["exercices"][0]["codeProfession"] == "10"


def assertion(person: Person, realm: str, client_id: str) -> dict[str, str]:
    """RFC 7523: who we are, signed by us."""
    now = int(time.time())
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": f"{person.base}/{realm}/token",
        "jti": secrets.token_hex(8),
        "exp": now + 60,
    }
    token = jwt.encode({"alg": "ES256", "kid": "s"}, claims, SIGNATURE)
    return {"client_assertion_type": ASSERTION, "client_assertion": token}


async def test_userinfo_is_encrypted_to_a_client_that_requires_it(person: Person) -> None:
    back = await person.log_in("professionnels", "ines", client_id="chiffré")
    proof = assertion(person, "professionnels", "chiffré")
    status, tokens = await person.exchange("professionnels", back["code"], **proof)
    assert status == 200, tokens
    headers = {"authorization": f"Bearer {tokens['access_token']}"}
    async with person.http.get(f"{person.base}/professionnels/userinfo", headers=headers) as answer:
        sealed = await answer.text()
    algorithms = ["RSA-OAEP-256", "A256GCM"]
    inside = jwe.decrypt_compact(sealed, ENCRYPTION, algorithms=algorithms).plaintext
    assert inside is not None
    claims = jwt.decode(inside.decode(), await person.keys("professionnels")).claims
    assert claims["given_name"] == "Inès"


async def test_a_partner_proves_itself_by_its_key_once_an_assertion(person: Person) -> None:
    proof = assertion(person, "partenaires", "partenaire") | {"grant_type": "client_credentials"}
    status, tokens = await person.token("partenaires", scope="system/*.rs", **proof)
    assert status == 200
    keys = await person.keys("partenaires")
    claims = jwt.decode(tokens["access_token"], keys, algorithms=["ES256"]).claims
    assert (claims["sub"], claims["aud"], claims["scope"]) == ("partenaire", "api", "system/*.rs")
    assert (await person.token("partenaires", **proof))[0] == 401


async def test_only_the_tool_has_tokens_of_people(person: Person) -> None:
    grant = {"grant_type": "client_credentials", "account": "lucie", "patient": "autre"}
    url, headers = f"{person.base}/citoyens/token", basic("outil", "o")
    async with person.http.post(url, data=grant, headers=headers) as answer:
        token = (await answer.json())["access_token"]
    claims = jwt.decode(token, await person.keys("citoyens")).claims
    assert (claims["aud"], claims["roles"], claims["patient"]) == ("api", ["patient"], "autre")
    _, own = await person.token("citoyens", **grant)
    claims = jwt.decode(own["access_token"], await person.keys("citoyens")).claims
    assert claims["sub"] == "portail"
    assert "patient" not in claims


async def test_userinfo_expires_by_the_issuers_own_clock(tmp_path: Path) -> None:
    (tmp_path / "clients.json").write_text(json.dumps(CLIENTS))
    instant = time.time() - 86_400
    signers, clients = signers_in(tmp_path), Clients(tmp_path / "clients.json")
    async with (
        serving(signers, clients, now=lambda: instant) as base,
        aiohttp.ClientSession() as http,
    ):
        grant = {"grant_type": "client_credentials", "account": "lucie"}
        url, headers = f"{base}/citoyens/token", basic("outil", "o")
        async with http.post(url, data=grant, headers=headers) as answer:
            tokens = await answer.json()
        headers = {"authorization": f"Bearer {tokens['access_token']}"}
        for seconds, status in ((0, 200), (tokens["expires_in"], 401)):
            instant += seconds
            async with http.get(f"{base}/citoyens/userinfo", headers=headers) as answer:
                assert answer.status == status


async def test_logging_out_ends_the_session_and_notifies_clients(
    person: Person,
) -> None:
    back = await person.log_in("citoyens", "marc")
    _, tokens = await person.exchange("citoyens", back["code"])
    query = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": BACK, "state": "z"}
    url = f"{person.base}/citoyens/logout"
    async with person.http.get(url, params=query, allow_redirects=False) as answer:
        assert answer.headers["location"] == f"{BACK}?state=z"
    page, _ = await person.request_authorization("citoyens")
    back = await person.choose("citoyens", page, "marc")
    query["post_logout_redirect_uri"] = "http://ailleurs.invalid/"
    async with person.http.get(url, params=query, allow_redirects=False) as answer:
        assert answer.status == 200
        assert f'<iframe src="{BACK}/f?iss=' in await answer.text()


async def test_keys_rotate_and_the_former_ones_still_verify(issuer: Server, person: Person) -> None:
    before = await person.keys("citoyens")
    os.kill(issuer.process.pid, signal.SIGHUP)
    while [k.kid for k in (await person.keys("citoyens")).keys] == [k.kid for k in before.keys]:
        pass
    after = await person.keys("citoyens")
    assert {key.kid for key in before.keys} & {key.kid for key in after.keys}


def test_refused_in_production(tmp_path: Path) -> None:
    code, message = refused("issuer", tmp_path / "i", REGIONLAB_ENV="Production")
    assert code == 78
    assert "production" in message
