"""The consent pages in a real browser: by keyboard only, without scripts, checked by axe-core.

https://github.com/dequelabs/axe-core
"""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import pytest_asyncio
from gateway_world import World
from oauth_world import AuthorizationQuery, Platform, of_dossier, start_platform

from socle.http import Receive, Scope, Send
from socle.testing import every_viewport

playwright_api = pytest.importorskip("playwright.async_api", reason="needs playwright")
axe = pytest.importorskip("axe_playwright_python.async_playwright", reason="needs axe")

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"],
    "resultTypes": ["violations"],
}
WIDE = (
    "openid fhirUser launch/patient offline_access patient/Condition.cruds patient/Patient.rs "
    "patient/Observation.rs?category=laboratory"
)


@pytest_asyncio.fixture
async def platform(world: World, postgres_url: str, tmp_path: Path) -> Platform:
    return await start_platform(world, postgres_url, tmp_path)


async def page_of(
    browser: "playwright_api.Browser", platform: Platform, person: str, **options: Any
) -> "playwright_api.Page":
    context = await browser.new_context(locale="fr-FR", **options)
    await context.add_cookies([{"name": "person", "value": person, "url": platform.public}])
    return await context.new_page()


def address(platform: Platform, request: AuthorizationQuery) -> str:
    return platform.public + "/auth/authorize?" + urlencode(request.query(platform.public))


async def test_a_person_decides_by_keyboard_without_scripts_and_comes_back(
    browser: "playwright_api.Browser", platform: Platform, world: World
) -> None:
    received: list[dict[str, str]] = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/retour":
            received.append(dict(parse_qsl(scope["query_string"].decode())))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"back"})

    port = urlsplit(await world.application(application)).port
    request = AuthorizationQuery(WIDE, redirect_uri=f"http://127.0.0.1:{port}/retour")
    page = await page_of(browser, platform, "alice", java_script_enabled=False)
    await page.goto(address(platform, request))
    await page.keyboard.press("Tab")  # the link to the content
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Space")
    for _ in await page.locator("input[type=checkbox]").all():
        await page.keyboard.press("Tab")
    assert await page.locator("button:focus").inner_text() == "Autoriser ce que j’ai coché"
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/retour?**")
    payload = (await platform.exchange(received[0]["code"], request)).json
    assert payload["scope"] == "launch/patient patient/Condition.rs"


@every_viewport
async def test_every_page_is_for_everyone(
    browser: "playwright_api.Browser", platform: Platform, width: int, scheme: str
) -> None:
    options = {
        "viewport": {"width": width, "height": 800},
        "color_scheme": scheme,
        "bypass_csp": True,
    }
    patient = await page_of(browser, platform, "alice", **options)
    doctor = await page_of(browser, platform, "docteur", **options)
    pick = of_dossier("launch/patient offline_access patient/*.rs user/Observation.rs")

    async def judged(page: "playwright_api.Page") -> None:
        found = await axe.Axe().run(page, options=RULES)
        assert found.violations_count == 0, found.generate_report()
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert await page.evaluate(wide) == 0

    await patient.goto(address(platform, AuthorizationQuery(WIDE)))
    await judged(patient)
    await patient.get_by_role("button", name="Autoriser ce que").click()
    assert "Cochez au moins" in await patient.get_by_role("alert").inner_text()
    await judged(patient)
    await patient.goto(address(platform, AuthorizationQuery(WIDE, client="inconnue")))
    await judged(patient)
    await patient.goto(platform.public + "/auth/proches")
    await judged(patient)
    await platform.code("alice", AuthorizationQuery(WIDE))
    await patient.goto(platform.public + "/auth/applications")
    await judged(patient)
    await patient.get_by_role("button", name="Retirer l’accès de Carnet de suivi").click()
    assert "retiré" in await patient.get_by_role("status").inner_text()
    await judged(patient)
    await doctor.goto(address(platform, pick))
    await judged(doctor)
