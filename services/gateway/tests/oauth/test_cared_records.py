"""People who care for somebody choose whose record an application gets; the FHIR server says whose
they can choose, at each consent and refresh."""

import json
from pathlib import Path
from typing import Any

import pytest_asyncio
from gateway_world import World
from oauth_world import PEOPLE, AuthorizationQuery, Platform, claims_of, start_platform

from gateway.authentication.domain.bearer_claims import verify_own_claims
from socle.auth import TOKEN_HEADER
from socle.http import Receive, Scope, Send
from socle.pages import Visitor

ALICE = {
    "related_person": "rp-1",
    "patient": "alice-1",
    "name": "Alice Martin",
    "kind": "carer",
    "until": None,
}
SCOPE = "openid fhirUser launch/patient offline_access patient/Observation.rs patient/Condition.cud"
MOST = 500
CODE = "7K2M-Q4XT-9B3C-H8WN"


class FhirServer:
    """The addresses about carers of a FHIR server. `records`: by the subject of a token."""

    def __init__(self) -> None:
        self.records: dict[str, list[dict[str, Any]]] = {}
        self.status = 200

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        subject = dict(scope["headers"]).get(TOKEN_HEADER, b"").decode()
        own, one = self.records.get(subject, []), scope["query_string"].partition(b"=")[2].decode()
        found = [each for each in own if not one or each["related_person"] == one]
        status, content = self.status, {"records": found[:MOST]}
        if scope["path"] == "/carers/invitations":
            code = json.loads((await receive())["body"])["code"]
            status = {CODE: 200, "OWN": 409}.get(code, 404)
            self.records[subject] = [ALICE] if status == 200 else []
            content = ALICE
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(content).encode()})


@pytest_asyncio.fixture
async def fhir() -> FhirServer:
    return FhirServer()


@pytest_asyncio.fixture
async def platform(world: World, postgres_url: str, tmp_path: Path, fhir: FhirServer) -> Platform:
    address = await world.application(fhir)
    return await start_platform(world, postgres_url, tmp_path, behind=address)


async def test_a_carer_chooses_a_record_and_acts_in_it_as_themselves(
    platform: Platform, fhir: FhirServer
) -> None:
    requested = AuthorizationQuery(SCOPE)
    nothing = await platform.authorize("carla", AuthorizationQuery("patient/Observation.rs"))
    assert nothing.redirected["error"] == "invalid_scope"
    fhir.records["s-carla"] = [ALICE]
    page = await platform.authorize("carla", requested)
    assert "Alice Martin" in page.text
    assert "patient/Condition.cud" not in page.choices
    for wrong in ("", "alice-1", "RelatedPerson/rp-2", "Patient/alice-1"):
        page = await platform.consent("carla", page, patient=wrong)
        assert (page.status, "Choisissez un dossier" in page.text) == (400, True)
    # It ends between the page and the decision.
    fhir.records["s-carla"] = []
    ended = await platform.consent("carla", page, patient="RelatedPerson/rp-1")
    assert (ended.status, "pas ouvert en ce moment" in ended.text) == (400, True)
    ended = await platform.consent("carla", ended)
    tokens = (await platform.exchange(ended.redirected["code"], requested)).json
    assert (tokens["scope"], tokens.get("patient")) == ("offline_access openid", None)
    fhir.records["s-carla"] = [ALICE]
    code = await platform.code("carla", requested, "RelatedPerson/rp-1")
    tokens = (await platform.exchange(code, requested)).json
    assert tokens["patient"] == "alice-1"
    claims = claims_of(tokens["access_token"])
    assert (claims["role"], claims["patient"], claims["sub"]) == ("carer", "alice-1", "s-carla")
    assert claims["scope"] == (
        "fhirUser launch/patient offline_access openid patient/Observation.rs"
    )
    assert claims["fhirUser"].endswith("/fhir/RelatedPerson/rp-1")
    verified = verify_own_claims(
        claims,
        "at+jwt",
        issuer=platform.public,
        audiences=frozenset(claims["aud"]),
        now=claims["iat"],
    )
    assert verified.identity.fhir_user == "RelatedPerson/rp-1"


async def test_a_patient_who_cares_for_somebody_chooses_each_time(
    platform: Platform, fhir: FhirServer
) -> None:
    requested = AuthorizationQuery("launch/patient patient/Observation.rs patient/Condition.c")
    assert (await platform.consent("bob", await platform.authorize("bob", requested))).status == 303
    assert (await platform.authorize("bob", requested)).status == 303
    fhir.records["s-bob"] = [ALICE]
    page = await platform.authorize("bob", requested)
    assert (page.status, "Le mien" in page.text) == (200, True)
    for value, role, patient in (
        ("RelatedPerson/rp-1", "carer", "alice-1"),
        ("Patient/bob-1", "patient", "bob-1"),
    ):
        code = await platform.code("bob", requested, value)
        claims = claims_of((await platform.exchange(code, requested)).json["access_token"])
        assert (claims["role"], claims["patient"]) == (role, patient)
        assert ("patient/Condition.c" in claims["scope"]) == (role == "patient")
    # What was given for somebody else's record is not given for one's own without a question.
    await platform.code("bob", requested, "RelatedPerson/rp-1")
    fhir.records["s-bob"] = []
    assert (await platform.authorize("bob", requested)).status == 200
    # The record that they chose has gone, or cannot be asked about: their own is not given for it.
    for gone, status in (([], 200), ([ALICE], 503)):
        fhir.status, fhir.records["s-bob"] = 200, [ALICE]
        page = await platform.authorize("bob", requested)
        fhir.status, fhir.records["s-bob"] = status, gone
        page = await platform.consent("bob", page, patient="RelatedPerson/rp-1")
        assert (page.status, "pas ouvert en ce moment" in page.text) == (400, True)
    # One's own record does not need the FHIR server.
    fhir.status = 503
    assert (await platform.authorize("bob", requested)).status == 200
    assert (await platform.authorize("carla", requested)).status == 503
    own = await platform.consent("bob", page, patient="Patient/bob-1")
    tokens = (await platform.exchange(own.redirected["code"], requested)).json
    assert tokens["patient"] == "bob-1"


async def test_a_refresh_ends_with_the_record(platform: Platform, fhir: FhirServer) -> None:
    fhir.records["s-carla"] = [ALICE]
    requested = AuthorizationQuery(SCOPE)
    code = await platform.code("carla", requested, "RelatedPerson/rp-1")
    tokens = (await platform.exchange(code, requested)).json

    async def refresh() -> Any:
        fields = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
        return await platform.token("carnet", fields)

    tokens = (await refresh()).json
    assert tokens["patient"] == "alice-1"
    # However many others there are before it.
    others = [ALICE | {"related_person": f"rp-0{at}"} for at in range(MOST)]
    fhir.records["s-carla"] = [*others, ALICE]
    tokens = (await refresh()).json
    assert tokens["patient"] == "alice-1"
    fhir.status = 503
    assert (await refresh()).status == 503
    fhir.status, fhir.records["s-carla"] = 200, [ALICE | {"related_person": "rp-2"}]
    assert (await refresh()).json["error"] == "invalid_grant"
    fhir.records["s-carla"] = [ALICE]
    assert (await refresh()).json["error"] == "invalid_grant"
    assert not (await platform.introspect(tokens["access_token"]))["active"]


async def test_a_code_opens_a_record(platform: Platform) -> None:
    session = Visitor.of_account("patient", PEOPLE["carla"].subject, None).form_tag
    page = await platform.get("/auth/proches", "carla")
    assert "Aucun dossier d’un proche" in page.text
    for code, status in (("", 404), ("OWN", 409), ("<b>", 404)):
        wrong = await platform.post("/auth/proches", {"code": code, "session": session}, "carla")
        assert (wrong.status, "<b>" in wrong.text) == (status, False)
    other = await platform.post("/auth/proches", {"code": CODE, "session": "x"}, "carla")
    assert other.status == 409
    opened = await platform.post("/auth/proches", {"code": CODE, "session": session}, "carla")
    assert opened.headers["location"] == "/auth/proches?ouvert"
    assert "Alice Martin" in (await platform.get("/auth/proches?ouvert", "carla")).text
    assert (await platform.get("/auth/proches")).status == 303
    assert (await platform.post("/auth/proches", {"code": CODE})).status == 401
    assert (await platform.get("/auth/proches", "docteur")).status == 403
