"""The pages of records over a FHIR server: access, forms, missing panels, closed records."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest_asyncio
from callers import KEY, headers_of

from portail.adapters.public_api import HttpPublicApi
from portail.adapters.records import make_record_services
from portail.api.app import make_portal
from portail.flows.watch_board import WatchedStops
from portail.settings import PortailSettings
from socle.auth import CallerVerification, GatewayKeys, Verifier
from socle.clock import ManualClock, SystemClock
from socle.http import Receive, Scope, Send, http_client
from socle.pages import Visitor
from socle.testing import ServeApp

ACCOUNT = Visitor.of_account("professional", "p1", None).form_tag
PATIENT = {"resourceType": "Patient", "id": "andre", "name": [{"family": "Petit"}]}


def of_professional() -> dict[str, str]:
    """The headers of a request now: a token of the gateway is short."""
    return {**headers_of("professional"), "sec-fetch-site": "same-origin"}


def fhir_bundle(*resources: dict[str, Any], next_url: str = "") -> dict[str, Any]:
    links = [{"relation": "next", "url": next_url}] if next_url else []
    entries = [{"resource": each} for each in resources]
    return {"resourceType": "Bundle", "link": links, "entry": entries}


@dataclass
class Fhir:
    """A FHIR and token endpoint, as an ASGI application over what the test puts in it."""

    responses: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    """By path; an empty Bundle for others."""
    received: list[tuple[str, str, Any]] = field(default_factory=list)
    """Method, path with query, and JSON body."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        is_json = body.strip().startswith((b"{", b"["))
        query = scope["query_string"].decode()
        self.received.append(
            (
                scope["method"],
                scope["path"] + (f"?{query}" if query else ""),
                json.loads(body) if is_json else body.decode().strip(),
            )
        )
        status, payload = self.responses.get(scope["path"], (200, fhir_bundle()))
        headers = [(b"content-type", b"application/fhir+json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(payload).encode()})


@dataclass
class Site:
    """The pages, and their FHIR server."""

    address: str
    fhir: Fhir
    cookie: dict[str, str]
    """Of a professional who gave access."""


@pytest_asyncio.fixture
async def site(
    serve_app: ServeApp, manual_clock: ManualClock, client: aiohttp.ClientSession, tmp_path: Any
) -> AsyncIterator[Site]:
    fhir = Fhir()
    fhir.responses["/fhir/Patient/andre"] = (200, PATIENT)
    keys = tmp_path / "jwks.json"
    keys.write_text(json.dumps({"keys": [KEY.as_dict(private=False)]}))
    verifier = Verifier(GatewayKeys(str(keys), client, SystemClock()), audiences={"portail"})
    api = await serve_app(fhir)
    settings = PortailSettings(api=api, client_secret="mot de passe")
    async with http_client(time_limit=2.0) as session:
        outside = HttpPublicApi(session, session, base=api, clock=manual_clock)
        records = make_record_services(session, settings, manual_clock)
        portal = make_portal(
            outside, WatchedStops(outside), settings=settings, clock=manual_clock, records=records
        )
        now = manual_clock.now().timestamp()
        content = {"token": "eyJ", "since": now, "until": now + 3600, "account": ACCOUNT}
        sealed = records.seal.seal({**content, "user": "Practitioner/c"})
        cookie = {"cookie": f"__Host-dossier={sealed}"}
        yield Site(await serve_app(CallerVerification(portal, verifier)), fhir, cookie)


async def read(
    client: aiohttp.ClientSession, site: Site, path: str, **headers: str
) -> tuple[int, str, str]:
    """Status, page and location."""
    sent = of_professional() | (headers or site.cookie)
    async with client.get(site.address + path, headers=sent, allow_redirects=False) as answer:
        if answer.status == 200:
            assert answer.headers["cache-control"] == "no-store"
        return answer.status, await answer.text(), answer.headers.get("location", "")


async def test_a_reader_without_access_is_redirected_to_the_authorization(
    site: Site, client: aiohttp.ClientSession
) -> None:
    status, page, _ = await read(client, site, "/pro", cookie="a=1")
    assert status == 200
    assert 'href="/pro/connexion"' in page
    status, _, location = await read(client, site, "/pro/patients/andre", cookie="a=1")
    query = parse_qs(urlsplit(location).query)
    assert (status, urlsplit(location).path) == (303, "/auth/authorize")
    assert query["code_challenge_method"] == ["S256"]
    assert query["redirect_uri"] == ["http://localhost:8080/pro/retour"]
    assert "user/*.rs" in query["scope"][0]
    assert "andre" not in location
    # Another account of the same browser opens nothing with the cookie, nor another role.
    for role, then in (("patient", "/auth/login"), ("anonymous", "/auth/login")):
        headers = headers_of(role) | site.cookie
        async with client.get(
            f"{site.address}/pro/patients/andre", headers=headers, allow_redirects=False
        ) as answer:
            assert answer.headers["location"].startswith(then)
    assert site.fhir.received == []


async def test_the_response_of_an_authorization_belongs_to_the_account_that_began(
    site: Site, client: aiohttp.ClientSession
) -> None:
    token = {"access_token": "eyJ2", "expires_in": 3600, "id_token": "e30.e30."}
    site.fhir.responses["/auth/token"] = (200, token)
    _, _, location = await read(client, site, "/pro/patients/andre/carnet", cookie="a=1")
    state = parse_qs(urlsplit(location).query)["state"][0]
    for wrong in (state[:-4] + "AAAA", "x", ""):
        status, _, _ = await read(client, site, f"/pro/retour?code=c&state={wrong}", cookie="a=1")
        assert status == 403
    assert site.fhir.received == []
    address = f"{site.address}/pro/retour?code=c&state={state}"
    async with client.get(address, headers=of_professional(), allow_redirects=False) as answer:
        assert (answer.status, answer.headers["location"]) == (303, "/pro/patients/andre/carnet")
        cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-dossier=")
    assert "eyJ2" not in cookie
    assert all(each in cookie for each in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))


async def test_a_panel_that_does_not_answer_is_missing_alone(
    site: Site, client: aiohttp.ClientSession
) -> None:
    site.fhir.responses["/fhir/CareTeam"] = (500, {})
    note = {
        "resourceType": "Communication",
        "subject": {"reference": "Patient/andre"},
        "payload": [{"contentString": "Repas <pris>"}],
    }
    site.fhir.responses["/fhir/Communication"] = (200, fhir_bundle(note))
    status, page, _ = await read(client, site, "/pro/patients/andre")
    assert status == 200
    assert "Repas &lt;pris&gt;" in page
    assert "<h1>PETIT</h1>" in page
    assert page.count("Cette partie ne répond pas pour le moment") == 1


async def test_a_closed_record_leads_to_the_emergency_access(
    site: Site, client: aiohttp.ClientSession
) -> None:
    outcome = {"resourceType": "OperationOutcome", "issue": []}
    for status in (403, 404):
        site.fhir.responses["/fhir/Patient/andre"] = (status, outcome)
        for path in ("", "/carnet", "/mesures"):
            found, page, _ = await read(client, site, f"/pro/patients/andre{path}")
            assert found == 404
            assert 'href="/pro/urgence?patient=andre"' in page


async def test_an_access_that_was_revoked_is_requested_again(
    site: Site, client: aiohttp.ClientSession
) -> None:
    site.fhir.responses["/fhir/Patient/andre"] = (401, {})
    status, _, location = await read(client, site, "/pro/patients/andre")
    assert (status, location.partition("?")[0]) == (303, "/auth/authorize")


async def post(
    client: aiohttp.ClientSession, site: Site, path: str, *, cookie: bool = True, **fields: str
) -> tuple[int, str, str]:
    headers = of_professional() | (site.cookie if cookie else {})
    form = {"session": ACCOUNT} | fields
    async with client.post(
        site.address + path, data=form, headers=headers, allow_redirects=False
    ) as answer:
        return answer.status, await answer.text(), answer.headers.get("location", "")


async def test_a_note_is_written_once_and_is_not_lost(
    site: Site, client: aiohttp.ClientSession
) -> None:
    path = "/pro/patients/andre/carnet"
    status, _, location = await post(client, site, path, message="Visite faite.")
    assert (status, location) == (303, path)
    ((method, address, note),) = site.fhir.received
    assert (method, address) == ("POST", "/fhir/Communication")
    assert note["payload"] == [{"contentString": "Visite faite."}]
    assert note["sender"] == {"reference": "Practitioner/c"}
    # Refused by the server, and sent after the access ended: the text is on the page.
    site.fhir.responses["/fhir/Communication"] = (422, {"issue": [{"diagnostics": "Trop tard."}]})
    status, page, _ = await post(client, site, path, message="Repas pris.")
    assert status == 400
    assert "Trop tard." in page
    assert ">Repas pris.</textarea>" in page
    status, page, _ = await post(client, site, path, cookie=False, message="Repas pris.")
    assert status == 401
    assert "Repas pris." in page
    status, _, _ = await post(client, site, path, session="autre", message="x")
    assert status == 409


async def test_only_a_flag_of_the_patient_is_closed(
    site: Site, client: aiohttp.ClientSession
) -> None:
    flag = {"resourceType": "Flag", "status": "active", "meta": {"versionId": "3"}}
    path = "/pro/patients/andre/alertes/f"
    site.fhir.responses["/fhir/Flag/f"] = (200, flag | {"subject": {"reference": "Patient/x"}})
    assert (await post(client, site, path))[0] == 404
    site.fhir.responses["/fhir/Flag/f"] = (200, flag | {"subject": {"reference": "Patient/andre"}})
    assert (await post(client, site, path))[0] == 303
    assert [each[0] for each in site.fhir.received] == ["GET", "GET", "PATCH"]
    assert site.fhir.received[-1][2][1] == {
        "op": "replace",
        "path": "/status",
        "value": "inactive",
    }


async def test_an_emergency_needs_a_reason_and_opens_the_record(
    site: Site, client: aiohttp.ClientSession
) -> None:
    status, page, _ = await post(client, site, "/pro/urgence", patient="andre", raison="vite")
    assert status == 400
    assert site.fhir.received == []
    operation = "/fhir/Patient/andre/$emergency-access"
    reason = "Inconscient aux urgences"
    status, _, location = await post(client, site, "/pro/urgence", patient="andre", raison=reason)
    assert (status, location) == (303, "/pro/patients/andre")
    assert site.fhir.received[0][:2] == ("POST", operation)
    sent = [{"name": "reason", "valueString": reason}]
    assert site.fhir.received[0][2]["parameter"] == sent
    site.fhir.responses[operation] = (405, {})
    status, page, _ = await post(client, site, "/pro/urgence", patient="andre", raison=reason)
    assert status == 400
    assert "ne propose pas encore" in page


async def test_the_list_has_alerts_first_and_a_second_page(
    site: Site, client: aiohttp.ClientSession
) -> None:
    flag = {
        "resourceType": "Flag",
        "status": "active",
        "subject": {"reference": "Patient/andre"},
        "code": {"text": "Prise de poids"},
    }
    site.fhir.responses["/fhir/Flag"] = (200, fhir_bundle(flag, PATIENT))
    following = "http://x/fhir/Patient?_sort=family&_cursor=abc"
    site.fhir.responses["/fhir/Patient"] = (200, fhir_bundle(PATIENT, next_url=following))
    _, page, _ = await read(client, site, "/pro")
    assert page.index("Alertes en cours") < page.index("Tous mes patients")
    assert "Prise de poids" in page
    assert 'href="/pro?suite=_sort%3Dfamily%26_cursor%3Dabc"' in page
    await read(client, site, "/pro?suite=_sort%3Dfamily%26_cursor%3Dabc")
    assert "/fhir/Patient?_sort=family&_cursor=abc" in [each[1] for each in site.fhir.received]
