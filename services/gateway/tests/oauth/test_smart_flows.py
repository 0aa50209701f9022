"""SMART App Launch: standalone launch, EHR launch, and backend services without a person."""

import base64
import json
from pathlib import Path

import pytest_asyncio
from gateway_world import World
from oauth_world import (
    PASSWORD,
    RSA_KEY,
    Answer,
    AuthorizationQuery,
    Platform,
    basic,
    claims_of,
    of_dossier,
    start_platform,
)


@pytest_asyncio.fixture
async def platform(world: World, postgres_url: str, tmp_path: Path) -> Platform:
    return await start_platform(world, postgres_url, tmp_path)


def header_of(token: str) -> dict[str, object]:
    part = token.split(".")[0]
    payload: dict[str, object] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return payload


async def test_discovery_lists_the_capabilities(platform: Platform) -> None:
    answer = await platform.get("/fhir/.well-known/smart-configuration")
    payload = answer.json
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert payload["issuer"] == platform.public
    assert payload["code_challenge_methods_supported"] == ["S256"]
    assert {"launch-ehr", "launch-standalone", "permission-v2"} <= set(payload["capabilities"])
    for name, path in (("authorization_endpoint", "authorize"), ("token_endpoint", "token")):
        assert payload[name] == f"{platform.public}/auth/{path}"
    openid = (await platform.get("/.well-known/openid-configuration")).json
    assert openid["issuer"] == platform.public
    assert openid["jwks_uri"] == payload["jwks_uri"]


async def test_consent_requires_a_login(platform: Platform) -> None:
    requested = AuthorizationQuery("launch/patient patient/Observation.rs")
    answer = await platform.authorize(None, requested)
    assert answer.status == 303
    where = answer.headers["location"]
    assert where.startswith("/auth/login?next=%2Fauth%2Fauthorize%3F")
    assert (
        answer.redirected["next"].endswith(requested.state)
        or requested.state in answer.redirected["next"]
    )
    quiet = await platform.authorize(None, requested, prompt="none")
    assert quiet.redirected["error"] == "login_required"
    both = await platform.authorize(None, requested, prompt="none login")
    assert both.redirected["error"] == "invalid_request"


async def test_a_patient_gives_an_application_their_own_record(platform: Platform) -> None:
    requested = AuthorizationQuery(
        "openid fhirUser launch/patient offline_access patient/Observation.rs"
    )
    page = await platform.authorize("alice", requested, nonce="n-0123456789")
    assert page.status == 200
    assert "Carnet de suivi" in page.text
    assert "Lire vos observations" in page.text
    assert page.headers["cache-control"] == "no-store"
    assert "form-action 'self' https://carnet.example;" in page.headers["content-security-policy"]
    assert "checked" not in page.text.partition("<form")[2]
    back = await platform.consent("alice", page)
    assert back.status == 303
    assert back.headers["location"].startswith("https://carnet.example/retour?vue=1&code=")
    assert back.redirected["state"] == requested.state
    assert back.redirected["iss"] == platform.public
    answer = await platform.exchange(back.redirected["code"], requested)
    payload = answer.json
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    assert payload["token_type"] == "Bearer"
    assert payload["patient"] == "alice-1"
    assert payload["need_patient_banner"] is True
    assert payload["expires_in"] == 900
    assert set(payload["scope"].split()) == set(requested.scope.split())
    claims = claims_of(payload["access_token"])
    assert header_of(payload["access_token"])["typ"] == "at+jwt"
    assert claims["iss"] == platform.public
    assert claims["aud"] == [platform.public + "/fhir", platform.public]
    assert (claims["sub"], claims["role"]) == ("s-alice", "patient")
    assert (claims["patient"], claims["client_id"]) == ("alice-1", "carnet")
    who = claims_of(payload["id_token"])
    assert (who["aud"], who["nonce"]) == ("carnet", "n-0123456789")
    assert who["fhirUser"] == f"{platform.public}/fhir/Patient/alice-1"
    style = await platform.get("/auth/smart-style.json")
    assert payload["smart_style_url"] == platform.public + "/auth/smart-style.json"
    assert style.json["color_text"]


async def test_only_what_was_ticked_is_given(platform: Platform) -> None:
    requested = AuthorizationQuery(
        "openid launch/patient offline_access patient/Condition.cruds patient/Patient.rs"
    )
    page = await platform.authorize("alice", requested)
    assert page.choices == [
        "patient/Condition.rs",
        "patient/Condition.cud",
        "patient/Patient.rs",
        "openid",
        "offline_access",
    ]
    assert "Ajouter, modifier et supprimer vos problèmes de santé" in page.text
    back = await platform.consent("alice", page, "some", "patient/Condition.rs")
    payload = (await platform.exchange(back.redirected["code"], requested)).json
    assert payload["scope"] == "launch/patient patient/Condition.rs"
    assert "refresh_token" not in payload
    assert "id_token" not in payload


async def test_ticking_nothing_repeats_the_page_and_refusing_is_an_error(
    platform: Platform,
) -> None:
    requested = AuthorizationQuery("launch/patient patient/Observation.rs")
    page = await platform.authorize("alice", requested)
    again = await platform.consent("alice", page, "some")
    assert again.status == 400
    assert 'role="alert">Cochez au moins une ligne' in again.text
    back = await platform.consent("alice", again, "none")
    assert back.redirected["error"] == "access_denied"
    assert back.redirected["state"] == requested.state
    assert back.redirected["iss"] == platform.public


async def test_a_consent_is_stored_until_more_is_requested_or_it_is_revoked(
    platform: Platform,
) -> None:
    requested = AuthorizationQuery("launch/patient patient/Observation.rs patient/Patient.rs")
    page = await platform.authorize("alice", requested)
    await platform.consent("alice", page, "some", "patient/Patient.rs")
    again = await platform.authorize("alice", AuthorizationQuery(requested.scope))
    assert again.status == 303
    payload = (await platform.exchange(again.redirected["code"], requested)).json
    assert payload["error"] == "invalid_grant"  # the verifier belongs to the first request
    consent, list_of_two = {"prompt": "consent"}, {"prompt": "login consent"}
    for person, query in (("bob", {}), ("alice", consent), ("alice", list_of_two)):
        assert (
            await platform.authorize(person, AuthorizationQuery(requested.scope), **query)
        ).status == 200
    more = AuthorizationQuery(requested.scope + " patient/Condition.r")
    assert (await platform.authorize("alice", more)).status == 200
    quiet = await platform.authorize("alice", more, prompt="none")
    assert quiet.redirected["error"] == "consent_required"
    await platform.post("/auth/applications", {"client": "carnet"}, "alice")
    assert (await platform.authorize("alice", AuthorizationQuery(requested.scope))).status == 200


async def test_a_program_on_the_persons_machine_is_never_remembered(platform: Platform) -> None:
    requested = AuthorizationQuery(
        "launch/patient patient/Patient.rs", redirect_uri="http://127.0.0.1:49321/retour"
    )
    for _ in range(2):
        page = await platform.authorize("alice", requested)
        assert page.status == 200
        back = await platform.consent("alice", page)
        assert back.headers["location"].startswith("http://127.0.0.1:49321/retour?code=")


async def test_a_professional_picks_the_patient(platform: Platform) -> None:
    requested = of_dossier("launch/patient patient/Observation.rs")
    page = await platform.authorize("docteur", requested)
    assert "Identifiant du patient" in page.text
    wrong = await platform.consent(
        "docteur", page, "some", "patient/Observation.rs", patient="../admin"
    )
    assert wrong.status == 400
    assert 'value="patient/Observation.rs" checked' in wrong.text
    back = await platform.consent("docteur", wrong, patient="p-42")
    payload = (await platform.exchange(back.redirected["code"], requested)).json
    assert payload["patient"] == "p-42"
    assert claims_of(payload["access_token"])["organisation"] == "org-1"
    # Another launch can be for another patient: consent is requested again.
    assert (await platform.authorize("docteur", of_dossier(requested.scope))).status == 200


async def test_without_a_patient_there_is_no_right_on_one(platform: Platform) -> None:
    requested = of_dossier("patient/Observation.rs user/Observation.rs")
    payload = (await platform.exchange(await platform.code("docteur", requested), requested)).json
    assert payload["scope"] == "user/Observation.rs"
    assert "patient" not in payload
    nothing = await platform.authorize("docteur", of_dossier("patient/Observation.rs fhirUser"))
    assert nothing.redirected["error"] == "invalid_scope"


async def launched(platform: Platform, person: str, **body: str) -> Answer:
    url = platform.public + "/auth/launch"
    headers = {"cookie": f"person={person}", "origin": platform.public}
    async with platform.http.post(url, json=body, headers=headers) as answer:
        return Answer(answer.status, answer.headers, await answer.text())


async def test_an_ehr_launch_passes_its_context(
    platform: Platform,
) -> None:
    started = await launched(
        platform, "docteur", patient="p-7", encounter="e-1", intent="suivi", client="dossier"
    )
    assert started.status == 201
    assert started.json["url"].startswith("https://dossier.example/lancement?iss=http")
    handle = started.json["launch"]
    requested = of_dossier("launch openid patient/Observation.rs")
    page = await platform.authorize("docteur", requested, launch=handle)
    assert "<code>p-7</code>" in page.text
    back = await platform.consent("docteur", page)
    payload = (await platform.exchange(back.redirected["code"], requested)).json
    assert (payload["patient"], payload["encounter"], payload["intent"]) == (
        "p-7",
        "e-1",
        "suivi",
    )
    again = await platform.authorize("docteur", of_dossier(requested.scope), launch=handle)
    assert again.redirected["error"] == "invalid_request"
    # A second launch of an application with consent requests none.
    second = (await launched(platform, "docteur", patient="p-8")).json["launch"]
    requested = of_dossier(requested.scope)
    quiet = await platform.authorize("docteur", requested, launch=second)
    payload = (await platform.exchange(quiet.redirected["code"], requested)).json
    assert payload["patient"] == "p-8"


async def test_a_refresh_token_renews_and_can_narrow_access(platform: Platform) -> None:
    requested = AuthorizationQuery(
        "launch/patient offline_access patient/Observation.rs patient/Patient.rs"
    )
    first = (await platform.exchange(await platform.code("alice", requested), requested)).json
    platform.clock.advance(3600)
    renewed = await platform.token(
        "carnet", {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    )
    assert renewed.status == 200
    assert renewed.json["patient"] == "alice-1"
    assert renewed.json["refresh_token"] != first["refresh_token"]
    narrow = await platform.token(
        "carnet",
        {
            "grant_type": "refresh_token",
            "refresh_token": renewed.json["refresh_token"],
            "scope": "patient/Observation.r",
        },
    )
    assert narrow.json["scope"] == "patient/Observation.r"
    platform.clock.advance(31 * 86400)
    over = await platform.token(
        "carnet", {"grant_type": "refresh_token", "refresh_token": narrow.json["refresh_token"]}
    )
    assert over.json["error"] == "invalid_grant"


async def test_a_program_without_a_person_gets_system_scopes_alone(platform: Platform) -> None:
    fields = {"grant_type": "client_credentials", "scope": "system/*.rs patient/*.rs openid"}
    for key in (None, RSA_KEY):
        proof = platform.proof("entrepot", key)
        answer = await platform.post("/auth/token", fields | proof)
        payload = answer.json
        assert answer.status == 200, payload
        assert payload["scope"] == "system/Observation.rs system/Patient.rs"
        assert payload["expires_in"] == 300
        assert "refresh_token" not in payload
        claims = claims_of(payload["access_token"])
        assert (claims["role"], claims["sub"]) == ("integrator", "entrepot")
        assert (await platform.introspect(payload["access_token"], "entrepot"))["active"]


async def test_a_token_is_looked_into_and_taken_back(platform: Platform) -> None:
    requested = AuthorizationQuery("launch/patient offline_access patient/Observation.rs")
    payload = (await platform.exchange(await platform.code("alice", requested), requested)).json
    access, refresh = payload["access_token"], payload["refresh_token"]
    found = await platform.introspect(access)
    assert found["active"] is True
    assert found["patient"] == "alice-1"
    assert found["client_id"] == "carnet"
    assert found["scope"] == payload["scope"]
    assert (await platform.introspect(refresh))["active"] is True
    # A client cannot introspect or revoke another client's token.
    assert await platform.introspect(access, "entrepot") == {"active": False}
    assert await platform.introspect("no.such.token") == {"active": False}
    others = {"token": access, **platform.proof("entrepot")}
    assert (await platform.post("/auth/revoke", others)).status == 200
    assert (await platform.introspect(access))["active"] is True
    mine = {"token": refresh, "client_id": "carnet"}
    assert (await platform.post("/auth/revoke", mine)).status == 200
    assert await platform.introspect(access) == {"active": False}
    assert await platform.introspect(refresh) == {"active": False}
    renewed = await platform.token(
        "carnet", {"grant_type": "refresh_token", "refresh_token": refresh}
    )
    assert renewed.json["error"] == "invalid_grant"


async def test_one_access_token_is_taken_back_alone(platform: Platform) -> None:
    requested = AuthorizationQuery("launch/patient offline_access patient/Observation.rs")
    payload = (await platform.exchange(await platform.code("alice", requested), requested)).json
    await platform.post("/auth/revoke", {"token": payload["access_token"], "client_id": "carnet"})
    assert await platform.introspect(payload["access_token"]) == {"active": False}
    assert (await platform.introspect(payload["refresh_token"]))["active"] is True


async def test_a_person_sees_what_was_granted_and_takes_it_back(platform: Platform) -> None:
    anonymous = await platform.get("/auth/applications")
    assert anonymous.headers["location"] == "/auth/login?next=%2Fauth%2Fapplications"
    assert "aucune application" in (await platform.get("/auth/applications", "alice")).text
    requested = AuthorizationQuery("launch/patient offline_access patient/Observation.rs")
    payload = (await platform.exchange(await platform.code("alice", requested), requested)).json
    page = await platform.get("/auth/applications", "alice")
    assert "Carnet de suivi" in page.text
    assert "Lire vos observations" in page.text
    assert "utiliser cet accès en ce moment" in page.text
    assert "Carnet" not in (await platform.get("/auth/applications", "bob")).text
    await platform.post("/auth/applications", {"client": "carnet"}, "bob")
    assert (await platform.introspect(payload["access_token"]))["active"] is True
    done = await platform.post("/auth/applications", {"client": "carnet"}, "alice")
    assert done.headers["location"] == "/auth/applications?retire"
    assert await platform.introspect(payload["access_token"]) == {"active": False}
    assert "aucune application" in (await platform.get("/auth/applications", "alice")).text


async def test_a_request_can_be_posted_as_a_form(platform: Platform) -> None:
    requested = AuthorizationQuery("launch/patient patient/Observation.rs")
    answer = await platform.post("/auth/authorize", requested.query(platform.public))
    assert answer.status == 303
    assert answer.redirected == requested.query(platform.public)
    assert answer.headers["location"].startswith("/auth/authorize?")


async def test_pages_of_registered_applications_can_read_the_response(platform: Platform) -> None:
    fields = {"grant_type": "authorization_code", "client_id": "carnet"}
    for origin, allowed in (("https://carnet.example", True), ("https://evil.example", False)):
        answer = await platform.post("/auth/token", fields, origin=origin)
        payload = answer.headers.get("access-control-allow-origin")
        assert payload == (origin if allowed else None)
        assert answer.json["error"] == "invalid_grant"
        requested = {"origin": origin, "access-control-request-method": "POST"}
        async with platform.http.options(
            platform.public + "/auth/token", headers=requested
        ) as first:
            assert first.headers.get("access-control-allow-origin") == payload
            assert ("access-control-allow-methods" in first.headers) is allowed


async def test_a_password_proves_the_confidential_application(platform: Platform) -> None:
    fields = {"grant_type": "authorization_code", "code": "x"}
    right = await platform.post("/auth/token", fields, authorization=basic("dossier", PASSWORD))
    assert right.json["error"] == "invalid_grant"
    for header in (basic("dossier", "else"), basic("carnet", ""), basic("x", PASSWORD), "Basic é"):
        wrong = await platform.post("/auth/token", fields, authorization=header)
        assert (wrong.status, wrong.json["error"]) == (401, "invalid_client")
        assert wrong.headers["www-authenticate"].startswith("Basic")
