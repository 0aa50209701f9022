"""The pages of records over a FHIR server, which tests fill."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
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
OWN_ACCOUNT = Visitor.of_account("patient", "p1", None).form_tag
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
    own: dict[str, str]
    """The headers of a patient who gave access to the record `andre`."""
    carer: dict[str, str]
    """The headers of a person who chose that record as a carer."""
    representative: dict[str, str]
    """The same, as a legal representative."""
    unlinked: dict[str, str]
    """The headers of a person who gave access, and to whom no record is open."""


@asynccontextmanager
async def open_site(
    serve_app: ServeApp, manual_clock: ManualClock, client: aiohttp.ClientSession, tmp_path: Path
) -> AsyncIterator[Site]:
    """The pages, and two readers who gave access."""
    fhir = Fhir()
    fhir.responses["/fhir/Patient/andre"] = (200, PATIENT)
    keys = tmp_path / "jwks.json"
    keys.write_text(json.dumps({"keys": [KEY.as_dict(private=False)]}))
    verifier = Verifier(GatewayKeys(str(keys), client, SystemClock()), audiences={"portail"})
    api = await serve_app(fhir)
    settings = PortailSettings(api=api, client_secret="mot de passe")
    async with http_client(time_limit=60.0) as session:
        outside = HttpPublicApi(session, session, base=api, clock=manual_clock)
        records = make_record_services(session, settings, manual_clock)
        portal = make_portal(
            outside, WatchedStops(outside), settings=settings, clock=manual_clock, records=records
        )
        now = manual_clock.now().timestamp()
        content = {"token": "eyJ", "since": now, "until": now + 3600, "account": ACCOUNT}
        sealed = records.seal.seal({**content, "user": "Practitioner/c"})
        cookie = {"cookie": f"__Host-dossier={sealed}"}
        patient = records.seal.seal({**content, "account": OWN_ACCOUNT, "patient": "andre"})
        own = {**headers_of("patient"), "sec-fetch-site": "same-origin"}
        own["cookie"] = f"__Host-dossier={patient}"
        chosen = {**content, "account": OWN_ACCOUNT, "patient": "andre"}
        related = records.seal.seal(chosen | {"user": "RelatedPerson/paul"})
        carer = own | {"cookie": f"__Host-dossier={related}"}
        represented = records.seal.seal(
            chosen | {"user": "RelatedPerson/garde", "represents": True}
        )
        representative = own | {"cookie": f"__Host-dossier={represented}"}
        without_record = records.seal.seal(content | {"account": OWN_ACCOUNT})
        unlinked = own | {"cookie": f"__Host-dossier={without_record}"}
        address = await serve_app(CallerVerification(portal, verifier))
        yield Site(address, fhir, cookie, own, carer, representative, unlinked)


async def read(
    client: aiohttp.ClientSession, site: Site, path: str, **headers: str
) -> tuple[int, str, str]:
    """Status, page and location."""
    sent = of_professional() | (headers or site.cookie)
    async with client.get(site.address + path, headers=sent, allow_redirects=False) as answer:
        if answer.status == 200:
            assert answer.headers["cache-control"] == "no-store"
        return answer.status, await answer.text(), answer.headers.get("location", "")
