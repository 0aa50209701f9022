"""A home-care visit and an emergency, on the pages of records of a complete demo, in Chromium."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from browser_pages import no_fault
from javascript_client import example_application, serving
from running_demo import Demo

from socle.testing import one_size

playwright_api = pytest.importorskip("playwright.async_api", reason="needs playwright")
expect = playwright_api.expect

pytestmark = pytest.mark.e2e

CAMILLE = {"reference": "Practitioner/899700000001", "display": "Camille DÉMO"}
INS = "urn:oid:1.2.250.1.213.1.4.10"
NOTE = "Visite faite, chevilles gonflées."
EXAMPLE = """
[[client]]
id = "my_web_app"
name = "Exemple de fhirclient"
description = "Lit le dossier de ce patient."
kind = "public"
redirect_uris = ["http://127.0.0.1/"]
launch_uri = "{address}/launch.html"
origins = ["{address}"]
scopes = "launch patient/*.rs"
"""


def entry(resource_type: str, name: str, /, **elements: Any) -> dict[str, Any]:
    resource = {"resourceType": resource_type, "id": name, **elements}
    return {"resource": resource, "request": {"method": "PUT", "url": f"{resource_type}/{name}"}}


def in_directory() -> dict[str, Any]:
    """Camille, whose name the circle of a patient reads."""
    return entry("Practitioner", "899700000001", name=[{"family": "Démo", "given": ["Camille"]}])


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
            in_directory(),
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
    await no_fault(page)
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
    await load(demo, [in_directory(), *record("inconnue", "Inconnue", "279054599900002")])
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
    notice = page.get_by_text("Patiente inconsciente aux urgences")
    await expect(notice).to_contain_text("par Camille Démo")
    await page.close()


async def test_an_application_that_others_wrote_is_launched_from_a_record(
    demo: Demo, browser: Any
) -> None:
    team = {"status": "active", "subject": {"reference": "Patient/lancee"}}
    team["participant"] = [{"member": CAMILLE}]
    number = "279054599900003"
    await load(demo, [*record("lancee", "Lancée", number), entry("CareTeam", "lancee", **team)])
    async with serving(example_application()) as address:
        with (demo.data / "gateway" / "clients.toml").open("a", encoding="utf-8") as clients:
            clients.write(EXAMPLE.format(address=address))
        page = await browser.new_page(viewport={"width": 360, "height": 740}, locale="fr-FR")
        site = await open_pro(demo, page)
        await page.goto(f"{site}/pro/patients/lancee")
        async with page.expect_event("console") as logged:
            await page.get_by_role("button", name="Ouvrir Exemple de fhirclient").click()
            await page.get_by_role("button", name="Tout autoriser").click()
        written = await (await logged.value).args[0].json_value()
        assert page.url.startswith(address)
        names = [each["resource"]["name"][0]["family"] for each in written["entry"]]
        assert names == ["Lancée"]
        await page.close()


@one_size
@pytest.mark.deep_only
async def test_no_fault_on_a_record_of_the_simulated_population(demo: Demo, browser: Any) -> None:
    from demo.population.population import Population, record

    population = Population(seed=1, today=datetime.now(UTC).date(), patients=1)
    directory = [each for each in population.directory(0) if each.type != "Slot"]
    contents = [json.loads(each.text) for each in (*directory, *record(population.situation(0)))]
    await load(demo, [entry(each.pop("resourceType"), each.pop("id"), **each) for each in contents])
    page = await browser.new_page(locale="fr-FR")
    site = await open_pro(demo, page)
    patient = f"{site}/pro/patients/{population.situation(0).person.id}"
    for width in (360, 1280):
        await page.set_viewport_size({"width": width, "height": 800})
        for path in ("", "/carnet", "/mesures?mesure=poids&jours=365"):
            await page.goto(patient + path)
            await expect(page.get_by_role("heading").first).to_be_visible()
            await no_fault(page)
    await page.close()
