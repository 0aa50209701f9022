"""SMART App Launch, each way through: standalone, from a professional's software, no person."""

import base64
import json
from pathlib import Path

import pytest_asyncio
from gateway_world import World
from oauth_world import (
    PASSWORD,
    RSA_KEY,
    Answer,
    Asking,
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
    told: dict[str, object] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return told


async def test_the_server_says_what_it_does(platform: Platform) -> None:
    answer = await platform.get("/fhir/.well-known/smart-configuration")
    told = answer.json
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert told["issuer"] == platform.public
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert {"launch-ehr", "launch-standalone", "permission-v2"} <= set(told["capabilities"])
    for name, path in (("authorization_endpoint", "authorize"), ("token_endpoint", "token")):
        assert told[name] == f"{platform.public}/auth/{path}"
    openid = (await platform.get("/.well-known/openid-configuration")).json
    assert openid["issuer"] == platform.public
    assert openid["jwks_uri"] == told["jwks_uri"]


async def test_nobody_is_asked_before_they_have_signed_in(platform: Platform) -> None:
    asked = Asking("launch/patient patient/Observation.rs")
    answer = await platform.authorize(None, asked)
    assert answer.status == 303
    where = answer.headers["location"]
    assert where.startswith("/auth/login?next=%2Fauth%2Fauthorize%3F")
    assert answer.told["next"].endswith(asked.state) or asked.state in answer.told["next"]
    quiet = await platform.authorize(None, asked, prompt="none")
    assert quiet.told["error"] == "login_required"


async def test_a_patient_gives_an_application_their_own_record(platform: Platform) -> None:
    asked = Asking("openid fhirUser launch/patient offline_access patient/Observation.rs")
    page = await platform.authorize("alice", asked, nonce="n-0123456789")
    assert page.status == 200
    assert "Carnet de suivi" in page.text
    assert "Lire vos observations" in page.text
    assert page.headers["cache-control"] == "no-store"
    assert "form-action 'self' https://carnet.example;" in page.headers["content-security-policy"]
    assert "checked" not in page.text.partition("<form")[2]
    back = await platform.consent("alice", page)
    assert back.status == 303
    assert back.headers["location"].startswith("https://carnet.example/retour?vue=1&code=")
    assert back.told["state"] == asked.state
    assert back.told["iss"] == platform.public
    answer = await platform.exchange(back.told["code"], asked)
    told = answer.json
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    assert told["token_type"] == "Bearer"
    assert told["patient"] == "alice-1"
    assert told["need_patient_banner"] is True
    assert told["expires_in"] == 900
    assert set(told["scope"].split()) == set(asked.scope.split())
    claims = claims_of(told["access_token"])
    assert header_of(told["access_token"])["typ"] == "at+jwt"
    assert claims["iss"] == platform.public
    assert claims["aud"] == [platform.public + "/fhir", platform.public]
    assert (claims["sub"], claims["role"]) == ("s-alice", "patient")
    assert (claims["patient"], claims["client_id"]) == ("alice-1", "carnet")
    who = claims_of(told["id_token"])
    assert (who["aud"], who["nonce"]) == ("carnet", "n-0123456789")
    assert who["fhirUser"] == f"{platform.public}/fhir/Patient/alice-1"
    style = await platform.get("/auth/smart-style.json")
    assert told["smart_style_url"] == platform.public + "/auth/smart-style.json"
    assert style.json["color_text"]


async def test_only_what_was_ticked_is_given(platform: Platform) -> None:
    asked = Asking(
        "openid launch/patient offline_access patient/Condition.cruds patient/Patient.rs"
    )
    page = await platform.authorize("alice", asked)
    assert page.choices == [
        "patient/Condition.rs",
        "patient/Condition.cud",
        "patient/Patient.rs",
        "openid",
        "offline_access",
    ]
    assert "Ajouter, modifier et supprimer vos problèmes de santé" in page.text
    back = await platform.consent("alice", page, "some", "patient/Condition.rs")
    told = (await platform.exchange(back.told["code"], asked)).json
    assert told["scope"] == "launch/patient patient/Condition.rs"
    assert "refresh_token" not in told
    assert "id_token" not in told


async def test_ticking_nothing_is_asked_again_and_refusing_is_told(platform: Platform) -> None:
    asked = Asking("launch/patient patient/Observation.rs")
    page = await platform.authorize("alice", asked)
    again = await platform.consent("alice", page, "some")
    assert again.status == 400
    assert 'role="alert">Cochez au moins une ligne' in again.text
    back = await platform.consent("alice", again, "none")
    assert back.told["error"] == "access_denied"
    assert back.told["state"] == asked.state
    assert back.told["iss"] == platform.public


async def test_a_consent_is_remembered_until_more_is_asked_or_it_is_taken_back(
    platform: Platform,
) -> None:
    asked = Asking("launch/patient patient/Observation.rs patient/Patient.rs")
    page = await platform.authorize("alice", asked)
    await platform.consent("alice", page, "some", "patient/Patient.rs")
    again = await platform.authorize("alice", Asking(asked.scope))
    assert again.status == 303
    told = (await platform.exchange(again.told["code"], asked)).json
    assert told["error"] == "invalid_grant"  # the verifier is the first request's
    for person, query in (("bob", {}), ("alice", {"prompt": "consent"})):
        assert (await platform.authorize(person, Asking(asked.scope), **query)).status == 200
    more = Asking(asked.scope + " patient/Condition.r")
    assert (await platform.authorize("alice", more)).status == 200
    quiet = await platform.authorize("alice", more, prompt="none")
    assert quiet.told["error"] == "consent_required"
    await platform.post("/auth/applications", {"client": "carnet"}, "alice")
    assert (await platform.authorize("alice", Asking(asked.scope))).status == 200


async def test_a_program_on_the_persons_machine_is_never_remembered(platform: Platform) -> None:
    asked = Asking(
        "launch/patient patient/Patient.rs", redirect_uri="http://127.0.0.1:49321/retour"
    )
    for _ in range(2):
        page = await platform.authorize("alice", asked)
        assert page.status == 200
        back = await platform.consent("alice", page)
        assert back.headers["location"].startswith("http://127.0.0.1:49321/retour?code=")


async def test_a_professional_says_which_patient(platform: Platform) -> None:
    asked = of_dossier("launch/patient patient/Observation.rs")
    page = await platform.authorize("docteur", asked)
    assert "Identifiant du patient" in page.text
    wrong = await platform.consent(
        "docteur", page, "some", "patient/Observation.rs", patient="../admin"
    )
    assert wrong.status == 400
    assert 'value="patient/Observation.rs" checked' in wrong.text
    back = await platform.consent("docteur", wrong, patient="p-42")
    told = (await platform.exchange(back.told["code"], asked)).json
    assert told["patient"] == "p-42"
    assert claims_of(told["access_token"])["organisation"] == "org-1"
    # Another time it may be another patient: it is asked again, whatever was consented to.
    assert (await platform.authorize("docteur", of_dossier(asked.scope))).status == 200


async def test_without_a_patient_there_is_no_right_on_one(platform: Platform) -> None:
    asked = of_dossier("patient/Observation.rs user/Observation.rs")
    told = (await platform.exchange(await platform.code("docteur", asked), asked)).json
    assert told["scope"] == "user/Observation.rs"
    assert "patient" not in told
    nothing = await platform.authorize("docteur", of_dossier("patient/Observation.rs fhirUser"))
    assert nothing.told["error"] == "invalid_scope"


async def launched(platform: Platform, person: str, **body: str) -> Answer:
    url = platform.public + "/auth/launch"
    headers = {"cookie": f"person={person}", "origin": platform.public}
    async with platform.http.post(url, json=body, headers=headers) as answer:
        return Answer(answer.status, answer.headers, await answer.text())


async def test_a_professionals_software_launches_an_application_with_what_is_at_hand(
    platform: Platform,
) -> None:
    started = await launched(
        platform, "docteur", patient="p-7", encounter="e-1", intent="suivi", client="dossier"
    )
    assert started.status == 201
    assert started.json["url"].startswith("https://dossier.example/lancement?iss=http")
    handle = started.json["launch"]
    asked = of_dossier("launch openid patient/Observation.rs")
    page = await platform.authorize("docteur", asked, launch=handle)
    assert "<code>p-7</code>" in page.text
    back = await platform.consent("docteur", page)
    told = (await platform.exchange(back.told["code"], asked)).json
    assert (told["patient"], told["encounter"], told["intent"]) == ("p-7", "e-1", "suivi")
    again = await platform.authorize("docteur", of_dossier(asked.scope), launch=handle)
    assert again.told["error"] == "invalid_request"
    # The second launch of an application already consented to asks nothing.
    second = (await launched(platform, "docteur", patient="p-8")).json["launch"]
    asked = of_dossier(asked.scope)
    quiet = await platform.authorize("docteur", asked, launch=second)
    told = (await platform.exchange(quiet.told["code"], asked)).json
    assert told["patient"] == "p-8"


async def test_access_that_lasts_is_renewed_and_may_be_narrowed(platform: Platform) -> None:
    asked = Asking("launch/patient offline_access patient/Observation.rs patient/Patient.rs")
    first = (await platform.exchange(await platform.code("alice", asked), asked)).json
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
        told = answer.json
        assert answer.status == 200, told
        assert told["scope"] == "system/Observation.rs system/Patient.rs"
        assert told["expires_in"] == 300
        assert "refresh_token" not in told
        claims = claims_of(told["access_token"])
        assert (claims["role"], claims["sub"]) == ("integrator", "entrepot")
        assert (await platform.introspect(told["access_token"], "entrepot"))["active"]


async def test_a_token_is_looked_into_and_taken_back(platform: Platform) -> None:
    asked = Asking("launch/patient offline_access patient/Observation.rs")
    told = (await platform.exchange(await platform.code("alice", asked), asked)).json
    access, refresh = told["access_token"], told["refresh_token"]
    found = await platform.introspect(access)
    assert found["active"] is True
    assert found["patient"] == "alice-1"
    assert found["client_id"] == "carnet"
    assert found["scope"] == told["scope"]
    assert (await platform.introspect(refresh))["active"] is True
    # Somebody else's token is nobody's business.
    assert await platform.introspect(access, "entrepot") == {"active": False}
    assert await platform.introspect("no.such.token") == {"active": False}
    theirs = {"token": access, **platform.proof("entrepot")}
    assert (await platform.post("/auth/revoke", theirs)).status == 200
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
    asked = Asking("launch/patient offline_access patient/Observation.rs")
    told = (await platform.exchange(await platform.code("alice", asked), asked)).json
    await platform.post("/auth/revoke", {"token": told["access_token"], "client_id": "carnet"})
    assert await platform.introspect(told["access_token"]) == {"active": False}
    assert (await platform.introspect(told["refresh_token"]))["active"] is True


async def test_a_person_sees_what_was_granted_and_takes_it_back(platform: Platform) -> None:
    anonymous = await platform.get("/auth/applications")
    assert anonymous.headers["location"] == "/auth/login?next=/auth/applications"
    assert "aucune application" in (await platform.get("/auth/applications", "alice")).text
    asked = Asking("launch/patient offline_access patient/Observation.rs")
    told = (await platform.exchange(await platform.code("alice", asked), asked)).json
    page = await platform.get("/auth/applications", "alice")
    assert "Carnet de suivi" in page.text
    assert "Lire vos observations" in page.text
    assert "court en ce moment" in page.text
    assert "Carnet" not in (await platform.get("/auth/applications", "bob")).text
    await platform.post("/auth/applications", {"client": "carnet"}, "bob")
    assert (await platform.introspect(told["access_token"]))["active"] is True
    done = await platform.post("/auth/applications", {"client": "carnet"}, "alice")
    assert done.headers["location"] == "/auth/applications?retire"
    assert await platform.introspect(told["access_token"]) == {"active": False}
    assert "aucune application" in (await platform.get("/auth/applications", "alice")).text


async def test_a_request_may_come_as_a_form(platform: Platform) -> None:
    asked = Asking("launch/patient patient/Observation.rs")
    answer = await platform.post("/auth/authorize", asked.query(platform.public))
    assert answer.status == 303
    assert answer.told == asked.query(platform.public)
    assert answer.headers["location"].startswith("/auth/authorize?")


async def test_pages_of_registered_applications_may_read_the_answer(platform: Platform) -> None:
    fields = {"grant_type": "authorization_code", "client_id": "carnet"}
    for origin, allowed in (("https://carnet.example", True), ("https://evil.example", False)):
        answer = await platform.post("/auth/token", fields, origin=origin)
        told = answer.headers.get("access-control-allow-origin")
        assert told == (origin if allowed else None)
        assert answer.json["error"] == "invalid_grant"
        asked = {"origin": origin, "access-control-request-method": "POST"}
        async with platform.http.options(platform.public + "/auth/token", headers=asked) as first:
            assert first.headers.get("access-control-allow-origin") == told
            assert ("access-control-allow-methods" in first.headers) is allowed


async def test_a_password_proves_the_confidential_application(platform: Platform) -> None:
    fields = {"grant_type": "authorization_code", "code": "x"}
    right = await platform.post("/auth/token", fields, authorization=basic("dossier", PASSWORD))
    assert right.json["error"] == "invalid_grant"
    for header in (basic("dossier", "else"), basic("carnet", ""), basic("x", PASSWORD), "Basic é"):
        wrong = await platform.post("/auth/token", fields, authorization=header)
        assert (wrong.status, wrong.json["error"]) == (401, "invalid_client")
        assert wrong.headers["www-authenticate"].startswith("Basic")
