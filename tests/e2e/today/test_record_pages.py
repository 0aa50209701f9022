"""A home-care visit and an emergency, on the pages of records of a complete demo, in Chromium."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from running_demo import Demo

playwright_api = pytest.importorskip("playwright.async_api", reason="needs playwright")
expect = playwright_api.expect

pytestmark = pytest.mark.e2e

CAMILLE = {"reference": "Practitioner/899700000001", "display": "Camille DÉMO"}
INS = "urn:oid:1.2.250.1.213.1.4.10"
NOTE = "Visite faite, chevilles gonflées."


def entry(resource_type: str, name: str, /, **elements: Any) -> dict[str, Any]:
    resource = {"resourceType": resource_type, "id": name, **elements}
    return {"resource": resource, "request": {"method": "PUT", "url": f"{resource_type}/{name}"}}


def record(name: str, family: str, number: str) -> list[dict[str, Any]]:
    """A patient, an alert and a treatment."""
    patient = {"reference": f"Patient/{name}", "display": f"Odette {family.upper()}"}
    return [
        entry(
            "Patient",
            name,
            identifier=[{"system": INS, "value": number}],
            name=[{"family": family, "given": ["Odette"]}],
            gender="female",
            birthDate="1941-11-21",
        ),
        entry(
            "Flag",
            f"{name}-poids",
            status="active",
            code={"text": "Poids en hausse"},
            subject=patient,
        ),
        entry(
            "MedicationStatement",
            f"{name}-furosemide",
            status="active",
            subject=patient,
            medicationCodeableConcept={"text": "Furosémide 40 mg"},
        ),
    ]


async def load(demo: Demo, entries: list[dict[str, Any]]) -> None:
    """Write resources as a program."""
    bearer = await demo.token("integrator", "system/*.cruds")
    headers = {"authorization": f"Bearer {bearer}", "content-type": "application/fhir+json"}
    body = json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries})
    async with demo.client.post(f"{demo.address}/fhir", data=body, headers=headers) as answer:
        assert answer.status == 200, await answer.text()


async def open_pro(demo: Demo, page: Any) -> str:
    """Log in as Camille and give access. The address of the platform."""
    await page.goto(f"{demo.address}/pro")
    await page.locator("main a").filter(has_text="Pro Santé").click()
    await page.get_by_role("button", name="Camille Démo").click()
    await page.get_by_role("link", name="Ouvrir les dossiers de mes patients").click()
    everything = page.get_by_role("button", name="Tout autoriser")
    title = page.get_by_role("heading", name="Mes patients", exact=True)
    await expect(everything.or_(title)).to_be_visible()
    if await everything.is_visible():
        await everything.click()
    await expect(title).to_be_visible()
    return str(page.url).removesuffix("/pro")


async def test_home_care_from_the_agenda_to_the_notebook_and_the_alert(
    demo: Demo, browser: Any
) -> None:
    patient = {"reference": "Patient/visite", "display": "Odette VISITE"}
    start = datetime.now(UTC) + timedelta(minutes=1)
    await load(
        demo,
        [
            entry("Practitioner", "899700000001", name=[{"family": "Démo", "given": ["Camille"]}]),
            *record("visite", "Visite", "279054599900001"),
            entry(
                "CareTeam",
                "visite",
                status="active",
                subject=patient,
                participant=[{"member": CAMILLE}],
            ),
            entry(
                "Appointment",
                "visite",
                status="booked",
                description="Visite à domicile",
                start=start.isoformat(),
                end=(start + timedelta(minutes=30)).isoformat(),
                participant=[{"actor": each, "status": "accepted"} for each in (patient, CAMILLE)],
            ),
        ],
    )
    page = await browser.new_page(viewport={"width": 360, "height": 740}, locale="fr-FR")
    await open_pro(demo, page)
    await page.get_by_role("link", name="Mon agenda").click()
    if not await page.get_by_role("link", name="Odette VISITE").first.is_visible():
        await page.get_by_role("link", name="Jour suivant").click()  # around midnight
    await page.get_by_role("link", name="· Odette VISITE").click()
    await page.get_by_label("Écrire dans le carnet").fill(NOTE)
    await page.get_by_role("button", name="Envoyer").click()
    await expect(page.get_by_text(NOTE).first).to_be_visible()
    await page.locator(".dossier-identite").get_by_role("link", name="Odette VISITE").click()
    await expect(page.get_by_text("Furosémide 40 mg")).to_be_visible()
    await page.get_by_role("button", name="Fermer cette alerte").click()
    await expect(page.get_by_role("heading", name="Poids en hausse")).to_have_count(0)
    await expect(page.get_by_text(NOTE).first).to_be_visible()
    await page.close()


async def test_a_doctor_opens_the_record_of_a_stranger_with_a_reason(
    demo: Demo, browser: Any
) -> None:
    statement = json.dumps(await demo.get("/fhir/metadata"))
    if "emergency-access" not in statement:
        pytest.skip("the server has no $emergency-access")
    await load(demo, record("inconnue", "Inconnue", "279054599900002"))
    page = await browser.new_page(viewport={"width": 1280, "height": 800}, locale="fr-FR")
    site = await open_pro(demo, page)
    await page.goto(f"{site}/pro/patients/inconnue")
    await page.get_by_role("link", name="Ouvrir ce dossier en urgence").click()
    await page.goto(f"{site}/pro/urgence")
    await page.get_by_label("Matricule INS").fill("279054599900002")
    await page.get_by_label("Pourquoi").fill("Patiente inconsciente aux urgences")
    await page.get_by_role("button", name="Ouvrir pour une heure").click()
    await expect(page.get_by_role("heading", name="Odette INCONNUE")).to_be_visible()
    await expect(page.get_by_text("Furosémide 40 mg")).to_be_visible()
    # The circle is notified in the notebook of the record.
    await expect(page.get_by_text("Patiente inconsciente aux urgences")).to_be_visible()
    await page.close()
