"""What patients and professionals do on the pages of records: they launch applications, hide
documents, and read who has consulted."""

import re
from typing import Any
from unittest.mock import AsyncMock

import aiohttp
from record_site import ACCOUNT, OWN_ACCOUNT, Site, fhir_bundle, of_professional, read

from portail.domain.records.rights import hiding_resource
from portail.flows.records.hide_document import list_hidden_documents
from portail.ports.records import RecordAccess, RecordsApi
from socle.clock import SystemClock


async def test_a_search_by_name_that_finds_nothing_explains_why(
    site: Site, client: aiohttp.ClientSession
) -> None:
    _, page, _ = await read(client, site, "/pro?nom=durand")
    assert "ne trouve que les dossiers qui vous sont ouverts" in page
    assert "par le matricule INS, en urgence</a>" in page


async def test_only_proposed_applications_are_launched_from_a_record(
    site: Site, client: aiohttp.ClientSession
) -> None:
    listed: list[dict[str, Any]] = [
        {
            "id": "courbes",
            "name": "Courbes",
            "description": "Dessine <tout>.",
            "proposed": True,
            "form_actions": ["https://courbes.example"],
        },
        {"id": "cachee", "name": "Cachée", "proposed": False, "form_actions": []},
    ]
    site.fhir.responses["/auth/v1/applications"] = (200, {"applications": listed})
    address, headers = f"{site.address}/pro/patients/andre", of_professional() | site.cookie
    async with client.get(address, headers=headers) as answer:
        page, policy = await answer.text(), answer.headers["content-security-policy"]
    assert 'action="/auth/applications/courbes/launch"' in page
    assert 'name="patient" value="andre"' in page
    # Of the person whose page it is, even if another is logged in when it is sent.
    form = page[page.index('action="/auth/applications/courbes/launch"') :].partition("</form>")[0]
    assert f'name="session" value="{ACCOUNT}"' in form
    assert "Dessine &lt;tout&gt;." in page
    assert "Cachée" not in page
    assert "form-action 'self' https://courbes.example;" in policy
    # A gateway without an answer costs its section alone.
    site.fhir.responses["/auth/v1/applications"] = (503, {})
    _, page, _ = await read(client, site, "/pro/patients/andre")
    assert "<h1>PETIT</h1>" in page
    assert page.count("Cette partie ne répond pas pour le moment") == 1


async def own_page(client: aiohttp.ClientSession, site: Site, path: str) -> str:
    async with client.get(site.address + path, headers=site.own) as answer:
        assert answer.status == 200
        return await answer.text()


async def test_a_patient_hides_a_document_and_shows_it_again(
    site: Site, client: aiohttp.ClientSession
) -> None:
    document = {
        "resourceType": "DocumentReference",
        "id": "d",
        "subject": {"reference": "Patient/andre"},
        "content": [{"attachment": {"title": "Bilan", "url": "Binary/b"}}],
    }
    site.fhir.responses["/fhir/DocumentReference"] = (200, fhir_bundle(document))
    site.fhir.responses["/fhir/DocumentReference/d"] = (200, document)

    async def send(action: str) -> str:
        address = f"{site.address}/mon-dossier/documents/d/{action}"
        form = {"session": OWN_ACCOUNT}
        async with client.post(
            address, data=form, headers=site.own, allow_redirects=False
        ) as answer:
            assert answer.status == 303
            return answer.headers["location"]

    assert "/mon-dossier/documents/d/masquer" in await own_page(client, site, "/mon-dossier")
    assert await send("masquer") == "/mon-dossier?fait=masque#documents"
    consent = site.fhir.received[-1][2]
    assert consent["provision"]["type"] == "deny"
    named = [each["reference"]["reference"] for each in consent["provision"]["data"]]
    assert named == ["DocumentReference/d", "Binary/b"]
    stored = {**consent, "id": "c", "meta": {"versionId": "1"}}
    site.fhir.responses["/fhir/Consent"] = (200, fhir_bundle(stored))
    site.fhir.responses["/fhir/Consent/c"] = (200, stored)
    page = await own_page(client, site, "/mon-dossier?fait=masque")
    assert "Ce document est masqué aux professionnels." in page
    assert "/mon-dossier/documents/d/montrer" in page
    refusals = await own_page(client, site, "/mon-dossier/refus")
    assert re.search(r"le document «\sBilan\s»", refusals)
    # It is hidden already: nothing more is written.
    before = len([each for each in site.fhir.received if each[0] == "POST"])
    await send("masquer")
    assert len([each for each in site.fhir.received if each[0] == "POST"]) == before
    await send("montrer")
    method, path, sent = site.fhir.received[-1]
    assert (method, path, sent["status"]) == ("PUT", "/fhir/Consent/c", "inactive")
    # Nothing hides it any more.
    site.fhir.responses["/fhir/Consent"] = (200, fhir_bundle())
    address = f"{site.address}/mon-dossier/documents/d/montrer"
    async with client.post(address, data={"session": OWN_ACCOUNT}, headers=site.own) as answer:
        assert answer.status == 404
        assert "rien n’a été changé" in await answer.text()
    # Another's document is not hidden.
    other = {**document, "subject": {"reference": "Patient/autre"}}
    site.fhir.responses["/fhir/DocumentReference/d"] = (200, other)
    address = f"{site.address}/mon-dossier/documents/d/masquer"
    async with client.post(address, data={"session": OWN_ACCOUNT}, headers=site.own) as answer:
        assert answer.status == 404


async def test_a_document_hidden_by_the_last_of_many_refusals_is_hidden() -> None:
    hiding = hiding_resource("andre", {"DocumentReference/d": "Bilan"}, SystemClock().now())
    api = AsyncMock(RecordsApi)
    api.read.return_value = fhir_bundle(next_url="https://lab.example/fhir/Consent?suite=2")
    api.follow.return_value = fhir_bundle(hiding)
    access = RecordAccess("eyJ", 0, 0, OWN_ACCOUNT)
    assert await list_hidden_documents(api, access, "andre") == {"d"}
    api.follow.assert_awaited_once_with(access, "Consent", "suite=2")


async def test_who_has_read_the_record_is_named_and_emergencies_come_first(
    site: Site, client: aiohttp.ClientSession
) -> None:
    def event(purpose: dict[str, Any], at: str) -> dict[str, Any]:
        return {
            "resourceType": "AuditEvent",
            "recorded": at,
            "action": "R",
            "agent": [
                {"requestor": False, "name": "portail"},
                {"requestor": True, "altId": "a", "name": "Camille Démo", "who": {}},
            ],
            "purposeOfEvent": [purpose],
        }

    opened = event({"coding": [{"code": "BTG"}], "text": "Inconscient"}, "2026-11-28T09:00:00Z")
    site.fhir.responses["/fhir/AuditEvent"] = (200, fhir_bundle(opened))
    listed = {"applications": [{"id": "portail", "name": "Région Lab"}]}
    site.fhir.responses["/auth/v1/applications"] = (200, listed)
    page = await own_page(client, site, "/mon-dossier/acces")
    assert page.index("Accès d’urgence") < page.index("Toutes les consultations")
    assert len(re.findall(r"Raison donnée\s: «\sInconscient\s»", page)) == 2, "of each reading too"
    assert "avec Région Lab" in page
    paths = [path for _, path, _ in site.fhir.received if path.startswith("/fhir/AuditEvent")]
    assert any("110127" in path for path in paths)
