"""Lucie gives a code to Paul, who reads and writes in her record until she ends it, on the pages of
a complete demo, in Chromium."""

import re
from typing import Any

import pytest
from browser_pages import no_fault
from running_demo import Demo

playwright_api = pytest.importorskip("playwright.async_api", reason="needs playwright")
expect = playwright_api.expect

pytestmark = pytest.mark.e2e

LUCIE = {"reference": "Patient/demo-lucie"}
NOTE, PILL, ANSWER = "Le kiné passe lundi.", "Furosémide 40 mg", "Bien noté, merci."


async def write(demo: Demo, resource_type: str, name: str, /, **elements: Any) -> None:
    """Write a resource as a program."""
    headers = {"authorization": f"Bearer {await demo.token('integrator', 'system/*.cruds')}"}
    headers["content-type"] = "application/fhir+json"
    body = {"resourceType": resource_type, "id": name, **elements}
    url = f"{demo.address}/fhir/{resource_type}/{name}"
    async with demo.client.put(url, json=body, headers=headers) as answer:
        assert answer.status in (200, 201), await answer.text()


async def log_in(demo: Demo, page: Any, path: str, name: str) -> None:
    await page.goto(demo.address + path)
    await page.locator("main a").filter(has_text="Identité citoyenne").click()
    await page.get_by_role("button", name=name).click()


async def code_for_paul(demo: Demo, page: Any) -> str:
    """What Lucie does."""
    await log_in(demo, page, "/mon-dossier", "Lucie Exemple")
    await page.get_by_role("link", name="Ouvrir mon dossier").click()
    await page.get_by_role("button", name="Tout autoriser").click()
    await page.get_by_role("link", name="Mes aidants").click()
    await page.get_by_label("Prénom et nom").fill("Paul Exemple")
    await page.get_by_role("button", name="Ajouter").click()
    await no_fault(page)
    await page.get_by_role("button", name="Donner un code Paul Exemple").click()
    code = await page.get_by_role("status").inner_text()
    assert re.fullmatch(r"([0-9A-Z]{4}-){3}[0-9A-Z]{4}", code), code
    await no_fault(page)
    return str(code)


async def test_a_carer_reads_and_writes_until_the_patient_ends_it(demo: Demo, browser: Any) -> None:
    pill = {"medicationCodeableConcept": {"text": PILL}}
    note = {"subject": LUCIE, "payload": [{"contentString": NOTE}]}
    await write(demo, "Patient", "demo-lucie", name=[{"family": "Exemple", "given": ["Lucie"]}])
    await write(demo, "Communication", "carnet-lucie", status="completed", **note)
    await write(demo, "MedicationStatement", "pilule-lucie", status="active", subject=LUCIE, **pill)
    options = {"viewport": {"width": 360, "height": 740}, "locale": "fr-FR"}
    hers, his = await browser.new_page(**options), await browser.new_page(**options)
    code = await code_for_paul(demo, hers)
    await log_in(demo, his, "/auth/proches", "Paul Exemple")
    await his.get_by_label("Code").fill(code.lower())
    await his.get_by_role("button", name="Ouvrir le dossier").click()
    await no_fault(his)
    await his.get_by_role("link", name="Voir le dossier").click()
    await his.get_by_label("dont je suis l’aidant").check()
    await no_fault(his)
    await his.get_by_role("button", name="Tout autoriser").click()
    await expect(his.get_by_text(NOTE)).to_be_visible()
    await expect(his.get_by_text(PILL)).to_have_count(0)
    await no_fault(his)
    await his.get_by_label("Écrire dans le carnet").fill(ANSWER)
    await his.get_by_role("button", name="Envoyer").click()
    await expect(his.get_by_text(ANSWER)).to_be_visible()
    await hers.get_by_role("link", name="Qui a consulté").click()
    await expect(hers.get_by_text("Paul Exemple").first).to_be_visible()
    await hers.get_by_role("link", name="Mes aidants").click()
    await hers.get_by_role("button", name="Mettre fin à l’accès Paul Exemple").click()
    await expect(hers.get_by_role("status")).to_contain_text("ne voit plus votre dossier")
    await his.reload()
    await expect(his.get_by_text("ne vous est plus ouvert").first).to_be_visible()
    await expect(his.get_by_text(NOTE)).to_have_count(0)
    await hers.close()
    await his.close()
