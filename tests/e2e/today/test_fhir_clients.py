"""Third-party clients, unchanged, through the gateway of a complete demo: people log in, consent,
and FHIR is read and written with the granted tokens."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from fhirclient_calls import SCOPE, client_for, use_fhirclient
from fhirpy_calls import use_fhirpy
from javascript_client import application, javascript_client, serving
from running_demo import Demo, Launcher, client_of

from socle.testing.browser import open_browser

playwright_api = pytest.importorskip("playwright.async_api", reason="needs playwright")

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

CALLS = (Path(__file__).parents[1] / "javascript_calls.js").read_text("utf-8")
LAUNCHED = """async () => {
  const client = await window.client;
  const other = await client.request("Patient/autrui").catch((error) => error.status);
  const read = await client.patient.read();
  return { patient: client.patient.id, user: client.user.fhirUser, read, other };
}"""
CLIENT = """
[[client]]
id = "essai"
name = "Application d'essai"
kind = "public"
redirect_uris = ["http://127.0.0.1/retour", "http://127.0.0.1/ailleurs"]
origins = ["{pages}"]
launch_uri = "{pages}/lancement"
scopes = "launch {scope}"
"""
LUCIE = {
    "resourceType": "Patient",
    "id": "demo-lucie",
    "name": [{"text": "Lucie Exemple", "family": "Exemple", "given": ["Lucie"]}],
    "birthDate": "1979-05-12",
}

CIRCLE = {
    "resourceType": "CareTeam",
    "id": "demo-cercle-de-lucie",
    "status": "active",
    "subject": {"reference": "Patient/demo-lucie"},
    "participant": [{"member": {"reference": "Practitioner/899700000001"}}],
}
"""Camille is in it."""


@dataclass
class House:
    """A running demo, where its FHIR server is reached, and an application's own pages."""

    demo: Demo
    base: str
    pages: str
    bearer: str


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(launcher: Launcher) -> AsyncIterator[House]:
    """One demo for all: the clients use separate data."""
    base = f"http://localhost:{launcher.address.rpartition(':')[2]}/fhir"
    async with client_of(launcher) as demo, serving(application(settings(base))) as pages:
        with (demo.data / "gateway" / "clients.toml").open("a", encoding="utf-8") as clients:
            clients.write(CLIENT.format(pages=pages, scope=SCOPE))
        bearer = await demo.token("integrator", "system/*.cruds")
        headers = {"authorization": f"Bearer {bearer}", "content-type": "application/fhir+json"}
        for each in (LUCIE, CIRCLE):
            address = f"{demo.address}/fhir/{each['resourceType']}/{each['id']}"
            async with demo.client.put(address, json=each, headers=headers) as answer:
                assert answer.status in (200, 201), await answer.text()
        yield House(demo, base, pages, bearer)


def settings(base: str) -> str:
    """What its pages ask for, as JSON."""
    return json.dumps(
        {
            "clientId": "essai",
            "scope": SCOPE,
            "iss": base,
            "redirectUri": "/retour",
            "pkceMode": "required",
        }
    )


@pytest_asyncio.fixture(loop_scope="module")
async def page() -> AsyncIterator[Any]:
    """A page of a browser without a session."""
    async with open_browser() as browser:
        yield await browser.new_page(locale="fr-FR")


async def logs_in(page: Any, provider: str, person: str) -> None:
    """From the gateway's login page on."""
    await page.get_by_role("link", name=f"Continuer avec {provider}").click()
    await page.get_by_role("button", name=person).click()


async def lucie_agrees(page: Any, back: str) -> None:
    """From the gateway's login page to the page the application wants her back at."""
    await logs_in(page, "Identité citoyenne", "Lucie Exemple")
    await page.get_by_role("button", name="Tout autoriser").click()
    await page.wait_for_url(f"**{back}?**")


async def test_a_program_with_fhirpy(house: House) -> None:
    await use_fhirpy(house.base, house.bearer)


async def test_an_application_of_a_patient_in_python(house: House, page: Any) -> None:
    client = await asyncio.to_thread(client_for, house.base, "essai", f"{house.pages}/ailleurs")
    await page.goto(client.authorize_url)
    await lucie_agrees(page, "/ailleurs")
    await asyncio.to_thread(use_fhirclient, client, page.url)


async def test_an_application_of_a_patient_in_a_browser(house: House, page: Any) -> None:
    javascript_client()  # its pages load it
    await page.goto(f"{house.pages}/lancement")
    await lucie_agrees(page, "/retour")
    results = await page.evaluate(CALLS)
    assert results["patient"]["birthDate"] == "1979-05-12"
    assert (results["user"], results["userRead"]) == ("Patient/demo-lucie", "demo-lucie")
    assert "patient/Observation.cruds" in results["scope"].split()
    assert (results["all"], results["pages"], results["seen"]) == (
        results["made"],
        [2, 2],
        [2, 2, 1],
    )
    assert results["mine"] == 5
    assert results["resolved"] == "demo-lucie"
    assert results["references"] == ["Patient/demo-lucie"]
    assert results["updated"]["meta"]["versionId"] == "2"
    assert (results["patched"]["status"], results["history"]) == ("amended", 2)
    assert results["etag"] == 'W/"2"'
    statuses = {each: results[each][0] for each in ("gone", "wrong", "stale", "other", "forbidden")}
    # The patient of a deleted resource is not stored: a caller with one patient gets 404.
    assert statuses == {"gone": 404, "wrong": 400, "stale": 412, "other": 404, "forbidden": 403}
    assert "wings" in results["wrong"][1]
    assert (results["renewed"], results["after"]) == (True, "demo-lucie")


async def test_an_application_that_a_professional_opens_on_a_patient(
    house: House, page: Any
) -> None:
    javascript_client()
    public = house.base.removesuffix("/fhir")
    await page.goto(f"{public}/auth/login")
    await logs_in(page, "Pro Santé", "Camille Démo")
    await page.wait_for_url(f"{public}/**")
    wish = {"patient": "demo-lucie", "client": "essai"}
    opened = await page.request.post(f"{public}/auth/launch", data=wish, headers={"origin": public})
    assert opened.status == 201, await opened.text()
    await page.goto((await opened.json())["url"])
    await page.get_by_role("button", name="Tout autoriser").click()
    await page.wait_for_url("**/retour?**")
    results = await page.evaluate(LAUNCHED)
    assert (results["patient"], results["read"]["id"]) == ("demo-lucie", "demo-lucie")
    assert results["user"].startswith("Practitioner/")
    assert results["other"] == 404
