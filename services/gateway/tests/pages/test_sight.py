"""The gateway's own pages under axe-core, by day and by night, on small and large screens.

https://github.com/dequelabs/axe-core
"""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from gateway_program import behind, program, status
from gateway_program import given as given
from gateway_world import World
from small_plans import talk

from gateway.quotas.domain.account import TERMS
from socle.testing import every_viewport, free_port, until

pytest.importorskip("playwright.async_api", reason="needs playwright")
axe = pytest.importorskip("axe_playwright_python.async_playwright", reason="needs axe")

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"],
    "resultTypes": ["violations"],
}
PATHS = (
    "/auth/login",
    "/auth/logout",
    "/auth/cles",
    "/auth/cles/gerer",
    "/auth/conditions",
    "/docs",
    "/docs/inconnue",
    "/nulle-part",
)


@pytest_asyncio.fixture
async def replica(
    world: World, client: aiohttp.ClientSession, given: dict[str, str]
) -> AsyncIterator[str]:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    settings = behind(await world.service(talk)) | given | {"GATEWAY_PUBLIC": address}

    async def ready() -> bool:
        return await status(client, address + "/readyz") == 200

    async with program(GATEWAY_PORT=str(port), **settings):
        await until(ready)
        yield address


async def check(page: Any, width: int) -> None:
    found = await axe.Axe().run(page, options=RULES)
    assert found.violations_count == 0, f"{page.url}: {found.generate_report()}"
    assert len(found.response["passes"]) > 15, page.url
    assert await page.evaluate("document.documentElement.scrollWidth") <= width, page.url


async def fill_in_the_form(page: Any, address: str) -> None:
    """Send the form with a mistake, then without one; each answer is checked by its test."""
    await page.goto(address + "/auth/cles")
    await page.get_by_label("Votre nom").fill("Ada")
    await page.get_by_label("À quoi servira la clé").fill("essai")
    await page.get_by_label("Adresse électronique").fill("ada@exemple")
    await page.get_by_label("J’accepte").check()
    await page.get_by_role("button", name="Obtenir une clé").click()


@every_viewport
async def test_no_fault_and_no_sideways_scrolling(
    replica: str, browser: Any, width: int, scheme: str
) -> None:
    context = await browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,
        locale="fr-FR",
        bypass_csp=True,
    )
    page = await context.new_page()
    for path in PATHS:
        await page.goto(replica + path)
        await check(page, width)
    await fill_in_the_form(page, replica)
    assert "adresse électronique" in await page.locator("#email-erreur").inner_text()
    # Nothing that was typed is lost.
    assert await page.get_by_label("Votre nom").input_value() == "Ada"
    assert await page.get_by_label("J’accepte").is_checked()
    await check(page, width)
    await page.get_by_label("Adresse électronique").fill("ada@exemple.fr")
    await page.get_by_role("button", name="Obtenir une clé").click()
    assert (await page.locator("#cle").input_value()).startswith("rlab_")
    await check(page, width)


async def test_the_language_is_chosen_by_a_link_and_stays(replica: str, browser: Any) -> None:
    context = await browser.new_context(locale="fr-FR", java_script_enabled=False)
    page = await context.new_page()
    await page.goto(replica + "/auth/cles")
    await page.get_by_role("link", name="English").click()
    assert page.url == replica + "/auth/cles"
    assert await page.locator("html").get_attribute("lang") == "en"
    await page.get_by_role("link", name="terms of use").first.click()
    assert TERMS in await page.locator("main").inner_text()
    assert await page.locator("html").get_attribute("lang") == "en"
    await page.get_by_role("link", name="Français").click()
    assert await page.locator("html").get_attribute("lang") == "fr"
