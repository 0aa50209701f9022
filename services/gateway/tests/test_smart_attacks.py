"""What those try who want more than they were given. RFC 9700, RFC 8725, SMART §Security."""

import asyncio
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from gateway_world import World
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey
from smart_world import (
    BACKEND_KEY,
    PASSWORD,
    Answer,
    Asking,
    Platform,
    basic,
    of_dossier,
    start_platform,
)

SCOPE = "launch/patient offline_access patient/Observation.rs"


@pytest_asyncio.fixture
async def platform(world: World, postgres_url: str, tmp_path: Path) -> Platform:
    return await start_platform(world, postgres_url, tmp_path)


@pytest.mark.parametrize(
    "uri",
    [
        "https://evil.example/retour",
        "https://carnet.example/retour",
        "https://carnet.example/retour?vue=1&a=b",
        "https://carnet.example/retour?vue=1#",
        "https://carnet.example/retour/../ailleurs?vue=1",
        "https://carnet.example.evil.example/retour?vue=1",
        "https://carnet.example@evil.example/retour?vue=1",
        "HTTPS://carnet.example/retour?vue=1",
        "http://carnet.example/retour?vue=1",
        "http://127.0.0.1:80@evil.example/retour",
        "http://127.0.0.1.evil.example/retour",
        "http://127.0.0.1:8080/ailleurs",
        "http://localhost/retour",
        "https://127.0.0.1/retour",
        "org.carnet:/autre",
        "javascript:alert(1)",
        "//evil.example",
        "",
    ],
)
async def test_a_browser_is_sent_to_registered_addresses_alone(
    platform: Platform, uri: str
) -> None:
    for person in (None, "alice"):
        answer = await platform.authorize(person, Asking(SCOPE, redirect_uri=uri))
        assert answer.status == 400
        assert "location" not in answer.headers
        assert "evil" not in answer.headers.get("content-security-policy", "")


@pytest.mark.parametrize(
    "uri", ["http://127.0.0.1/retour", "http://127.0.0.1:1/retour", "org.carnet:/ok"]
)
async def test_a_program_is_answered_at_any_port_of_its_machine(
    platform: Platform, uri: str
) -> None:
    page = await platform.authorize("alice", Asking(SCOPE, redirect_uri=uri))
    back = await platform.consent("alice", page, "none")
    assert back.headers["location"].startswith(uri + "?error=access_denied")
    # A browser follows a form to what the page's policy names, and nowhere else.
    named = page.headers["content-security-policy"].partition("form-action 'self' ")[2]
    where = urlsplit(uri)
    expected = f"http://{where.netloc}" if where.netloc else "org.carnet:"
    assert named.partition(";")[0] == expected


async def test_an_application_that_is_not_registered_gets_nothing(platform: Platform) -> None:
    for client in ("inconnue", "", "CARNET"):
        answer = await platform.authorize("alice", Asking(SCOPE, client=client))
        assert answer.status == 400
        assert "location" not in answer.headers
    fields = {"client_id": "inconnue", "grant_type": "authorization_code", "code": "x"}
    answer = await platform.post("/auth/token", fields)
    assert (answer.status, answer.json["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"state": "court"}, "invalid_request"),
        ({"state": ""}, "invalid_request"),
        ({"aud": "https://evil.example/fhir"}, "invalid_request"),
        ({"aud": ""}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code token"}, "unsupported_response_type"),
        ({"scope": "patient/Observation.sr"}, "invalid_scope"),
        ({"scope": "system/Patient.rs"}, "invalid_scope"),
        ({"scope": "patient/Medication.rs"}, "invalid_scope"),
        ({"launch": "x"}, "invalid_request"),
        ({"scope": "launch patient/Observation.rs"}, "invalid_request"),
        ({"scope": "launch patient/Observation.rs", "launch": "forged"}, "invalid_request"),
    ],
)
async def test_a_request_that_is_not_as_it_must_be_is_told_to_the_application(
    platform: Platform, changed: dict[str, str], error: str
) -> None:
    asked = Asking(SCOPE)
    answer = await platform.authorize("alice", asked, **changed)
    assert answer.status == 303
    assert answer.headers["location"].startswith("https://carnet.example/retour?vue=1&error=")
    assert answer.told["error"] == error
    assert answer.told["iss"] == platform.public
    assert "code" not in answer.told


async def test_a_parameter_that_comes_twice_is_refused(platform: Platform) -> None:
    asked = Asking(SCOPE).query(platform.public)
    twice = "&".join(f"{k}={v}" for k, v in asked.items()) + "&client_id=dossier"
    answer = await platform.get("/auth/authorize?" + twice, "alice")
    assert answer.status == 400
    fields = [("client_id", "carnet"), ("client_id", "dossier"), ("grant_type", "refresh_token")]
    assert (await platform.post("/auth/token", fields)).json["error"] == "invalid_request"


async def test_a_code_serves_once_and_takes_everything_back_when_it_returns(
    platform: Platform,
) -> None:
    asked = Asking(SCOPE)
    code = await platform.code("alice", asked)
    told = (await platform.exchange(code, asked)).json
    assert (await platform.introspect(told["access_token"]))["active"] is True
    again = await platform.exchange(code, asked)
    assert (again.status, again.json["error"]) == (400, "invalid_grant")
    assert await platform.introspect(told["access_token"]) == {"active": False}
    assert await platform.introspect(told["refresh_token"]) == {"active": False}


async def test_of_many_who_bring_one_code_at_once_one_is_served_at_most(
    platform: Platform,
) -> None:
    asked = Asking(SCOPE)
    code = await platform.code("alice", asked)
    answers = await asyncio.gather(*(platform.exchange(code, asked) for _ in range(6)))
    assert sum(answer.status == 200 for answer in answers) <= 1
    served = [answer.json for answer in answers if answer.status == 200]
    for each in served:
        assert await platform.introspect(each["access_token"]) == {"active": False}


async def test_a_code_is_for_its_application_its_address_and_its_proof(platform: Platform) -> None:
    other = of_dossier(SCOPE)

    async def brought(**changed: str) -> Answer:
        asked = Asking(SCOPE)
        return await platform.exchange(await platform.code("alice", asked), asked, **changed)

    for changed in (
        {"code_verifier": other.verifier},
        {"code_verifier": ""},
        {"code_verifier": "plain"},
        {"redirect_uri": other.redirect_uri},
        {"redirect_uri": ""},
    ):
        assert (await brought(**changed)).json["error"] == "invalid_grant", changed
    # Injected by another application, which does hold the verifier.
    asked = Asking(SCOPE)
    code = await platform.code("alice", asked)
    stolen = Asking(SCOPE, "dossier", asked.redirect_uri, verifier=asked.verifier)
    assert (await platform.exchange(code, stolen)).json["error"] == "invalid_grant"
    assert (await platform.exchange(code, asked)).json["error"] == "invalid_grant"


async def test_a_code_lives_a_minute(platform: Platform) -> None:
    asked = Asking(SCOPE)
    code = await platform.code("alice", asked)
    platform.clock.advance(61)
    assert (await platform.exchange(code, asked)).json["error"] == "invalid_grant"


async def test_a_refresh_token_that_returns_takes_everything_back(platform: Platform) -> None:
    asked = Asking(SCOPE)
    first = (await platform.exchange(await platform.code("alice", asked), asked)).json

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


async def test_a_refresh_token_is_of_no_use_to_another_and_asks_for_no_more(
    platform: Platform,
) -> None:
    asked = Asking(SCOPE)
    first = (await platform.exchange(await platform.code("alice", asked), asked)).json
    more = await platform.token(
        "carnet",
        {
            "grant_type": "refresh_token",
            "refresh_token": first["refresh_token"],
            "scope": "patient/Observation.rs patient/Patient.rs",
        },
    )
    assert more.json["error"] == "invalid_scope"
    first = (await platform.exchange(await platform.code("alice", asked), asked)).json
    fields = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    assert (await platform.token("dossier", fields)).json["error"] == "invalid_grant"
    assert (await platform.token("carnet", fields)).json["error"] == "invalid_grant"


async def test_what_an_operator_takes_from_an_application_is_not_renewed(
    platform: Platform,
) -> None:
    asked = Asking(SCOPE + " patient/Patient.rs")
    first = (await platform.exchange(await platform.code("alice", asked), asked)).json
    text = platform.clients_file.read_text()
    platform.clients_file.write_text(
        text.replace("patient/Observation.rs patient/Patient.rs", "patient/Patient.rs")
    )
    fields = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    told = (await platform.token("carnet", fields)).json
    assert "patient/Observation.rs" not in told["scope"]
    assert "patient/Patient.rs" in told["scope"]


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
async def test_an_assertion_says_all_it_must(platform: Platform, claims: dict[str, Any]) -> None:
    answer = await backend(platform, platform.proof("entrepot", **claims))
    assert (answer.status, answer.json["error"]) == (401, "invalid_client")


async def test_an_assertion_is_signed_by_the_applications_own_key(platform: Platform) -> None:
    claims = {
        "iss": "entrepot",
        "sub": "entrepot",
        "aud": platform.authority.token_address,
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


async def test_nobody_takes_a_way_that_is_not_theirs(platform: Platform) -> None:
    asked = await platform.authorize("alice", Asking(SCOPE, client="entrepot"))
    assert asked.status == 400  # it has no address to go back to
    for client in ("carnet", "dossier"):
        answer = await platform.token(
            client, {"grant_type": "client_credentials", "scope": "system/*.rs"}
        )
        assert answer.json["error"] == "unauthorized_client"
    assert (await backend(platform, platform.proof("entrepot"), "system/Condition.rs")).json[
        "error"
    ] == "invalid_scope"
    for kind in ("password", "implicit", ""):
        answer = await platform.token(
            "carnet", {"grant_type": kind, "username": "alice", "password": "x"}
        )
        assert answer.json["error"] == "unsupported_grant_type"
    in_body = {"client_id": "dossier", "client_secret": PASSWORD, "grant_type": "refresh_token"}
    assert (await platform.post("/auth/token", in_body)).status == 401
    public = await platform.post("/auth/introspect", {"token": "x", "client_id": "carnet"})
    assert public.json["error"] == "invalid_client"
    not_a_form = await platform.http.post(platform.public + "/auth/token", json={"grant_type": "x"})
    assert (await not_a_form.json())["error"] == "invalid_request"


async def test_no_more_is_given_than_was_offered_whatever_the_form_says(
    platform: Platform,
) -> None:
    asked = Asking("launch/patient patient/Observation.r")
    page = await platform.authorize("alice", asked)
    back = await platform.consent(
        "alice",
        page,
        "some",
        "patient/Observation.r",
        "patient/Observation.rs",
        "patient/*.cruds",
        "system/*.rs",
        "offline_access",
        "openid",
    )
    told = (await platform.exchange(back.told["code"], asked)).json
    assert told["scope"] == "launch/patient patient/Observation.r"
    assert "refresh_token" not in told


async def test_a_patient_cannot_choose_another_ones_record(platform: Platform) -> None:
    asked = Asking("launch/patient patient/Observation.rs")
    page = await platform.authorize("alice", asked)
    back = await platform.consent("alice", page, patient="bob-1")
    assert (await platform.exchange(back.told["code"], asked)).json["patient"] == "alice-1"
    nobody = await platform.authorize("voyageur", Asking(SCOPE))
    assert nobody.told["error"] == "invalid_scope"


async def test_a_decision_is_the_persons_who_was_asked_and_counts_once(
    platform: Platform,
) -> None:
    page = await platform.authorize("alice", Asking(SCOPE))
    for person, ticket in (("bob", page.ticket), ("alice", "forged"), ("alice", "")):
        fields = {"ticket": ticket, "answer": "all"}
        answer = await platform.post("/auth/consent", fields, person)
        assert answer.status == 410
        assert "location" not in answer.headers
    anonymous = await platform.post("/auth/consent", {"ticket": page.ticket, "answer": "all"})
    assert anonymous.status == 401
    assert (await platform.consent("alice", page)).status == 303
    assert (await platform.consent("alice", page)).status == 410
    page = await platform.authorize("alice", Asking(SCOPE), prompt="consent")
    platform.clock.advance(16 * 60)
    assert (await platform.consent("alice", page)).status == 410


async def test_a_launch_is_its_persons_alone_short_and_once(platform: Platform) -> None:
    url = platform.public + "/auth/launch"

    async def launch(person: str, **body: str) -> Answer:
        headers = {"cookie": f"person={person}", "origin": platform.public}
        async with platform.http.post(url, json=body, headers=headers) as answer:
            return Answer(answer.status, answer.headers, await answer.text())

    assert (await launch("alice", patient="alice-1")).status == 403
    assert (await launch("docteur", patient="../x")).status == 400
    assert (await launch("docteur", patient="p", client="inconnue")).status == 404
    handle = (await launch("docteur", patient="p-1")).json["launch"]
    scope = "launch patient/Observation.rs"
    theirs = await platform.authorize("collegue", of_dossier(scope), launch=handle)
    assert theirs.told["error"] == "invalid_request"
    # Two pages opened with one launch: the second decision comes too late.
    pages = [await platform.authorize("docteur", of_dossier(scope), launch=handle) for _ in "12"]
    backs = [await platform.consent("docteur", page) for page in pages]
    assert "code" in backs[0].told
    assert backs[1].told["error"] == "invalid_request"
    late = (await launch("docteur", patient="p-1")).json["launch"]
    platform.clock.advance(301)
    over = await platform.authorize("docteur", of_dossier(scope), launch=late)
    assert over.told["error"] == "invalid_request"


async def test_an_applications_token_is_no_session(platform: Platform) -> None:
    asked = of_dossier("openid patient/Observation.rs user/Observation.rs")
    told = (await platform.exchange(await platform.code("docteur", asked), asked)).json
    bearer = {"authorization": "Bearer " + told["access_token"]}
    query = of_dossier(SCOPE).query(platform.public)
    async with platform.http.get(
        platform.public + "/auth/authorize", params=query, headers=bearer, allow_redirects=False
    ) as answer:
        assert answer.headers["location"].startswith("/auth/login")
    async with platform.http.post(
        platform.public + "/auth/launch", json={"patient": "p"}, headers=bearer
    ) as answer:
        assert answer.status == 403
    async with platform.http.post(
        platform.public + "/auth/consent", data={"ticket": "x"}, headers=bearer
    ) as answer:
        assert answer.status == 401


async def test_the_database_holds_nothing_that_opens_anything(platform: Platform) -> None:
    asked = of_dossier(SCOPE)
    page = await platform.authorize("docteur", asked)
    back = await platform.consent("docteur", page, patient="p-1")
    told = (await platform.exchange(back.told["code"], asked)).json
    tables = await platform.pool.fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    )
    rows = [
        str(dict(row))
        for (table,) in tables
        for row in await platform.pool.fetch(f'SELECT * FROM "{table}"')
    ]
    everything = "\n".join(rows)
    assert "s-doc" in everything
    for secret in (page.ticket, back.told["code"], told["refresh_token"], told["access_token"]):
        assert secret not in everything
    assert basic("dossier", PASSWORD) not in everything
