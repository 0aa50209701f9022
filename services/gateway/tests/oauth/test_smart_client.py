"""A SMART client that is not ours, against the gateway and a FHIR server of a few lines behind it:
HL7's own Python client. https://github.com/smart-on-fhir/client-py
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from gateway_world import World
from oauth_world import PASSWORD, Platform, start_platform

from gateway.callers.domain.access import OPEN, only
from gateway.routes.domain.route_table import TABLE
from gateway.routes.domain.routes import Route, RouteTable, Service
from socle.auth import TOKEN_HEADER, CompactToken
from socle.http import Receive, Scope, Send

smart = pytest.importorskip("fhirclient.client", reason="needs fhirclient")

FHIR = Service("esante")
ROUTES = RouteTable(
    (
        *TABLE.routes,
        Route("/fhir/metadata", FHIR, OPEN, plan_class="record"),
        Route(
            "/fhir/{rest...}",
            FHIR,
            only("patient", "professional", scopes=("patient/", "user/")),
            plan_class="record",
        ),
    )
)


@dataclass
class FhirServer:
    """Says where access is asked for, and gives a patient to whom the gateway says may have it."""

    public: str = ""
    callers: list[dict[str, Any]] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        status, payload = 200, self._answer(scope)
        if payload is None:
            status, payload = 403, {"resourceType": "OperationOutcome", "issue": []}
        headers = [(b"content-type", b"application/fhir+json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(payload).encode()})

    def _answer(self, scope: Scope) -> dict[str, Any] | None:
        if scope["path"] == "/fhir/metadata":
            return self._capabilities()
        claims = dict(CompactToken(dict(scope["headers"])[TOKEN_HEADER]).claims)
        self.callers.append(claims)
        wanted = scope["path"].rpartition("/")[2]
        if claims.get("patient") != wanted:
            return None
        return {"resourceType": "Patient", "id": wanted, "name": [{"family": "Martin"}]}

    def _capabilities(self) -> dict[str, Any]:
        uris = [
            {"url": "authorize", "valueUri": f"{self.public}/auth/authorize"},
            {"url": "token", "valueUri": f"{self.public}/auth/token"},
        ]
        base = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
        return {
            "resourceType": "CapabilityStatement",
            "status": "active",
            "date": "2026-03-02",
            "kind": "instance",
            "fhirVersion": "4.0.1",
            "format": ["json"],
            "rest": [
                {"mode": "server", "security": {"extension": [{"url": base, "extension": uris}]}}
            ],
        }


async def in_thread(act: Callable[..., Any], *args: Any) -> Any:
    return await asyncio.to_thread(act, *args)


async def browse(platform: Platform, person: str, url: str, patient: str = "") -> str:
    """What the person's browser does from the application's link to the way back."""
    parts = urlsplit(url)
    page = await platform.get(parts.path, person, **dict(parse_qsl(parts.query)))
    back = page if page.status == 303 else await platform.consent(person, page, patient=patient)
    assert back.status == 303, back.text
    return str(back.headers["location"])


Started = Callable[[], Awaitable[tuple[Platform, FhirServer]]]


@pytest.fixture
def started(world: World, postgres_url: str, tmp_path: Path) -> Started:
    async def start() -> tuple[Platform, FhirServer]:
        server = FhirServer()
        address = await world.application(server)
        platform = await start_platform(world, postgres_url, tmp_path, ROUTES, address)
        server.public = platform.public
        return platform, server

    return start


async def test_a_public_application_reads_its_patient_and_renews_its_access(
    started: Started,
) -> None:
    platform, server = await started()
    client = smart.FHIRClient(
        settings={
            "app_id": "carnet",
            "api_base": platform.public + "/fhir",
            "redirect_uri": "http://127.0.0.1/retour",
            "scope": "openid fhirUser offline_access patient/Patient.read",
        }
    )
    await in_thread(client.prepare)
    await in_thread(client.handle_callback, await browse(platform, "alice", client.authorize_url))
    patient = await in_thread(lambda: client.patient)
    assert patient.name[0].family == "Martin"
    assert patient.id == "alice-1"
    caller = server.callers[0]
    assert (caller["sub"], caller["client_id"]) == ("s-alice", "carnet")
    assert "patient/Patient.rs" in caller["scope"].split()
    assert await in_thread(client.reauthorize)
    first = client.server.auth.access_token
    assert (await platform.introspect(first))["active"] is True
    # Its access taken back by the person, it reads nothing any more.
    await platform.post("/auth/applications", {"client": "carnet"}, "alice")
    from fhirclient.models.patient import Patient

    with pytest.raises(Exception, match=r"40[13]"):
        await in_thread(Patient.read, "alice-1", client.server)


async def test_a_confidential_application_is_launched_with_a_patient(started: Started) -> None:
    platform, _ = await started()
    headers = {"cookie": "person=docteur", "origin": platform.public}
    async with platform.http.post(
        platform.public + "/auth/launch",
        json={"patient": "p-9", "client": "dossier"},
        headers=headers,
    ) as answer:
        launched = await answer.json()
    opened = dict(parse_qsl(urlsplit(launched["url"]).query))
    client = smart.FHIRClient(
        settings={
            "app_id": "dossier",
            "app_secret": PASSWORD,
            "api_base": opened["iss"],
            "redirect_uri": "https://dossier.example/retour",
            "scope": "patient/*.rs",
            "launch_token": opened["launch"],
        }
    )
    await in_thread(client.prepare)
    url = client.authorize_url
    await in_thread(client.handle_callback, await browse(platform, "docteur", url))
    assert client.launch_context["patient"] == "p-9"
    assert (await in_thread(lambda: client.patient)).id == "p-9"
