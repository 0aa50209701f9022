"""Logins on a complete demo: in Debian's Chromium, and with tokens of the command line."""

import json
import re
from typing import Any

import pytest
from running_demo import Demo

playwright_api = pytest.importorskip("playwright.async_api", reason="needs playwright")
axe = pytest.importorskip("axe_playwright_python.async_playwright", reason="needs axe")
expect = playwright_api.expect

pytestmark = pytest.mark.e2e

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"],
    "resultTypes": ["violations"],
}
TOKEN = re.compile(r"eyJ[\w-]+\.")
"""Its three letters alone stand in random text by chance."""
ROLES = ("professional", "patient", "traveller", "integrator", "coordinator")


async def who(demo: Demo, bearer: str) -> tuple[int, dict[str, Any]]:
    headers = {"authorization": f"Bearer {bearer}"}
    async with demo.client.get(f"{demo.address}/auth/me", headers=headers) as answer:
        return answer.status, await answer.json(content_type=None)


async def _no_fault(page: Any) -> None:
    found = await axe.Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def _me(page: Any) -> dict[str, Any]:
    """The /me answer in this browser; the pages' CSP forbids a script to fetch it."""
    await page.goto(page.url.split("/auth/")[0] + "/auth/me")
    claims: dict[str, Any] = json.loads(await page.locator("body").inner_text())
    return claims


async def _logs_in_and_out(page: Any, demo: Demo) -> None:
    # 127.0.0.1, where cookies are not localhost's: one is led to where they are.
    await page.goto(f"{demo.address}/auth/compte")
    await expect(page.get_by_role("heading", name="Se connecter")).to_be_visible()
    await _no_fault(page)
    await page.get_by_role("link", name="Continuer avec Identité citoyenne").click()
    await expect(page.get_by_text("inventées")).to_be_visible()
    await _no_fault(page)
    await page.get_by_role("button", name="Lucie Exemple").click()
    await expect(page.get_by_role("heading", name="Mon compte")).to_be_visible()
    # In the header of every page too.
    await expect(page.get_by_role("link", name="Lucie EXEMPLE")).to_be_visible()
    await expect(page.get_by_role("definition").filter(has_text="Lucie EXEMPLE")).to_be_visible()
    await _no_fault(page)
    # A script of a page can read no session cookie and no token.
    assert await page.evaluate("document.cookie") == ""
    assert not TOKEN.search(await page.content())
    claims = await _me(page)
    assert claims["role"] == "patient"
    assert not TOKEN.search(str(claims))
    await page.goto(page.url.split("/auth/")[0] + "/")
    await page.get_by_role("link", name="Se déconnecter").click()
    await _no_fault(page)
    await page.get_by_role("button", name="Se déconnecter").click()
    await expect(page.get_by_role("heading", name="Vous êtes déconnecté")).to_be_visible()
    await _no_fault(page)
    assert (await _me(page))["role"] == "anonymous"


async def test_people_and_programs_are_known_to_a_demo(demo: Demo, browser: Any) -> None:
    for role in ROLES:
        bearer = await demo.token(role, "user/*.rs")
        status, claims = await who(demo, bearer)
        assert (status, claims["role"], claims["scopes"]) == (200, role, ["user/*.rs"])
        status, _ = await who(demo, bearer[:-4] + "AAAA")
        assert status == 401
    bearer = await demo.token("patient", patient="autre")
    claims = (await who(demo, bearer))[1]
    assert (claims["patient"], claims["scopes"]) == ("autre", ["patient/*.cruds"])
    for width, height in ((360, 740), (1280, 800)):
        viewport = {"width": width, "height": height}
        page = await browser.new_page(viewport=viewport, locale="fr-FR")
        await _logs_in_and_out(page, demo)
        await page.close()
