"""Attacks on the authorization endpoint and on consent. RFC 9700, RFC 8725, SMART §Security."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from gateway_world import World
from oauth_world import (
    PASSWORD,
    Answer,
    AuthorizationQuery,
    Platform,
    basic,
    of_dossier,
    start_platform,
)

SCOPE = "launch/patient offline_access patient/Observation.rs"
OTHER_CLIENT = """
[[client]]
id = "autre"
name = "Autre application"
kind = "public"
redirect_uris = ["https://autre.example/retour"]
scopes = "launch patient/Observation.rs"
"""


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
        "http://127.0.0.1:８０/retour",  # digits, but none of a port
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
        answer = await platform.authorize(person, AuthorizationQuery(SCOPE, redirect_uri=uri))
        assert answer.status == 400
        assert "location" not in answer.headers
        assert "evil" not in answer.headers.get("content-security-policy", "")


@pytest.mark.parametrize(
    "uri", ["http://127.0.0.1/retour", "http://127.0.0.1:1/retour", "org.carnet:/ok"]
)
async def test_a_program_is_answered_at_any_port_of_its_machine(
    platform: Platform, uri: str
) -> None:
    page = await platform.authorize("alice", AuthorizationQuery(SCOPE, redirect_uri=uri))
    back = await platform.consent("alice", page, "none")
    assert back.headers["location"].startswith(uri + "?error=access_denied")
    # A browser submits and redirects a form only to the origins of the page's policy.
    named = page.headers["content-security-policy"].partition("form-action 'self' ")[2]
    where = urlsplit(uri)
    expected = f"http://{where.netloc}" if where.netloc else "org.carnet:"
    assert named.partition(";")[0] == expected


async def test_an_application_that_is_not_registered_gets_nothing(platform: Platform) -> None:
    for client in ("inconnue", "", "CARNET"):
        answer = await platform.authorize("alice", AuthorizationQuery(SCOPE, client=client))
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
async def test_an_invalid_request_is_reported_to_the_application(
    platform: Platform, changed: dict[str, str], error: str
) -> None:
    request = AuthorizationQuery(SCOPE)
    answer = await platform.authorize("alice", request, **changed)
    assert answer.status == 303
    assert answer.headers["location"].startswith("https://carnet.example/retour?vue=1&error=")
    assert answer.redirected["error"] == error
    assert answer.redirected["iss"] == platform.public
    assert "code" not in answer.redirected


async def test_a_parameter_that_comes_twice_is_refused(platform: Platform) -> None:
    request = AuthorizationQuery(SCOPE).query(platform.public)
    twice = "&".join(f"{k}={v}" for k, v in request.items()) + "&client_id=dossier"
    answer = await platform.get("/auth/authorize?" + twice, "alice")
    assert answer.status == 400
    fields = [("client_id", "carnet"), ("client_id", "dossier"), ("grant_type", "refresh_token")]
    assert (await platform.post("/auth/token", fields)).json["error"] == "invalid_request"


async def test_no_more_is_given_than_was_offered_whatever_the_form_contains(
    platform: Platform,
) -> None:
    request = AuthorizationQuery("launch/patient patient/Observation.r")
    page = await platform.authorize("alice", request)
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
    payload = (await platform.exchange(back.redirected["code"], request)).json
    assert payload["scope"] == "launch/patient patient/Observation.r"
    assert "refresh_token" not in payload


async def test_a_patient_cannot_choose_another_ones_record(platform: Platform) -> None:
    request = AuthorizationQuery("launch/patient patient/Observation.rs")
    page = await platform.authorize("alice", request)
    refused = await platform.consent("alice", page, patient="bob-1")
    assert refused.status == 400
    assert "location" not in refused.headers
    back = await platform.consent("alice", refused)
    assert (await platform.exchange(back.redirected["code"], request)).json["patient"] == "alice-1"
    stranger = await platform.authorize("voyageur", AuthorizationQuery(SCOPE))
    assert stranger.redirected["error"] == "invalid_scope"


async def test_a_decision_is_accepted_once_from_its_person(
    platform: Platform,
) -> None:
    page = await platform.authorize("alice", AuthorizationQuery(SCOPE))
    for person, ticket in (("bob", page.ticket), ("alice", "forged"), ("alice", "")):
        fields = {"ticket": ticket, "answer": "all"}
        answer = await platform.post("/auth/consent", fields, person)
        assert answer.status == 410
        assert "location" not in answer.headers
    anonymous = await platform.post("/auth/consent", {"ticket": page.ticket, "answer": "all"})
    assert anonymous.status == 401
    assert (await platform.consent("alice", page)).status == 303
    assert (await platform.consent("alice", page)).status == 410
    page = await platform.authorize("alice", AuthorizationQuery(SCOPE), prompt="consent")
    platform.clock.advance(16 * 60)
    assert (await platform.consent("alice", page)).status == 410


async def test_another_site_decides_nothing_for_a_person(platform: Platform) -> None:
    page = await platform.authorize("alice", AuthorizationQuery(SCOPE))
    request = AuthorizationQuery(SCOPE)
    token = (await platform.exchange(await platform.code("alice", request), request)).json
    for origin in ("https://evil.example", "null", platform.public + ".evil.example"):
        fields = {"ticket": page.ticket, "answer": "all"}
        assert (await platform.post("/auth/consent", fields, "alice", origin=origin)).status == 403
        taken = {"client": "carnet"}
        refused = await platform.post("/auth/applications", taken, "alice", origin=origin)
        assert refused.status == 403
        async with platform.http.post(
            platform.public + "/auth/launch",
            data='{"patient": "p"}',
            headers={"cookie": "person=docteur", "origin": origin, "content-type": "text/plain"},
        ) as answer:
            assert answer.status == 403
    assert (await platform.introspect(token["access_token"]))["active"] is True
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]


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
    others = await platform.authorize("collegue", of_dossier(scope), launch=handle)
    assert others.redirected["error"] == "invalid_request"
    # Two pages opened with one launch: the second decision comes too late.
    pages = [await platform.authorize("docteur", of_dossier(scope), launch=handle) for _ in "12"]
    backs = [await platform.consent("docteur", page) for page in pages]
    assert "code" in backs[0].redirected
    assert backs[1].redirected["error"] == "invalid_request"
    late = (await launch("docteur", patient="p-1")).json["launch"]
    platform.clock.advance(301)
    over = await platform.authorize("docteur", of_dossier(scope), launch=late)
    assert over.redirected["error"] == "invalid_request"


async def test_a_launch_is_of_the_application_that_it_names(platform: Platform) -> None:
    platform.clients_file.write_text(platform.clients_file.read_text() + OTHER_CLIENT)
    other = AuthorizationQuery(
        "launch patient/Observation.rs", "autre", "https://autre.example/retour"
    )
    headers = {"cookie": "person=docteur", "origin": platform.public}

    async def handle(**body: str) -> str:
        url = platform.public + "/auth/launch"
        async with platform.http.post(url, json=body, headers=headers) as answer:
            assert answer.status == 201
            return str((await answer.json())["launch"])

    named = await handle(patient="p-1", client="dossier")
    refused = await platform.authorize("docteur", other, launch=named)
    assert refused.redirected["error"] == "invalid_request"
    # It is not used up either.
    own = of_dossier("launch patient/Observation.rs")
    page = await platform.authorize("docteur", own, launch=named)
    assert "code" in (await platform.consent("docteur", page)).redirected
    # One that names none is for the first application that brings it.
    page = await platform.authorize("docteur", other, launch=await handle(patient="p-1"))
    assert "code" in (await platform.consent("docteur", page)).redirected


async def test_an_applications_token_is_no_session(platform: Platform) -> None:
    request = of_dossier("openid patient/Observation.rs user/Observation.rs")
    payload = (await platform.exchange(await platform.code("docteur", request), request)).json
    bearer = {"authorization": "Bearer " + payload["access_token"]}
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
    request = of_dossier(SCOPE)
    page = await platform.authorize("docteur", request)
    back = await platform.consent("docteur", page, patient="p-1")
    payload = (await platform.exchange(back.redirected["code"], request)).json
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
    for secret in (
        page.ticket,
        back.redirected["code"],
        payload["refresh_token"],
        payload["access_token"],
    ):
        assert secret not in everything
    assert basic("dossier", PASSWORD) not in everything
