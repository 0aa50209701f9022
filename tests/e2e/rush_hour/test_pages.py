"""The pages of a complete demo, in Debian's Chromium, without an error."""

from typing import Any

import pytest

pytest.importorskip("playwright.async_api", reason="needs playwright")
pytest.importorskip("axe_playwright_python.async_playwright", reason="needs axe")
from browser_pages import no_fault
from playwright.async_api import expect
from running_demo import Demo

pytestmark = pytest.mark.e2e

SLOW = 60_000  # milliseconds, a bound only


async def _a_board_that_lives(page: Any, demo: Demo) -> None:
    await page.goto(demo.address)
    # The state of the networks is folded below.
    await page.locator("summary").filter(has_text="réseaux").first.click()
    await expect(page.get_by_text("temps réel interrompu depuis")).to_be_visible(timeout=SLOW)
    await no_fault(page)
    await page.get_by_label("Nom d’un arrêt").fill("gare d'orléans")
    await page.keyboard.press("Enter")
    hub = page.get_by_role("listitem").filter(has_text="Gare et arrêts")
    await hub.get_by_role("link", name="Gare d’Orléans", exact=True).click()
    rows = page.locator(".depart")
    await expect(rows).to_have_count(20)
    await expect(rows.filter(has_text="à l’heure").first).to_be_visible(timeout=SLOW)
    await no_fault(page)
    before = await page.locator("#tableau").get_attribute("data-maintenant")
    await expect(page.locator("#tableau")).not_to_have_attribute(
        "data-maintenant", before, timeout=SLOW
    )
    await expect(page.locator("#hors-ligne")).to_be_hidden()


async def _disruptions(page: Any, demo: Demo) -> None:
    await page.goto(f"{demo.address}/perturbations?quand=all")
    await expect(page.locator(".reseau-touche").first).to_be_visible()
    for summary in await page.locator("details > summary").all():
        await summary.evaluate("each => { each.parentElement.open = true }")
    await no_fault(page)
    address = await page.locator(".perturbation a[href^='/arrets/']").first.get_attribute("href")
    answer = await page.goto(demo.address + address)
    assert answer.status == 200
    answer = await page.goto(f"{demo.address}/nulle-part")
    assert answer.status == 404
    await page.get_by_text("Menu", exact=True).click()
    await page.get_by_role("link", name="Accueil", exact=True).click()


async def test_a_traveller_s_way_on_a_small_screen(demo: Demo, browser: Any) -> None:
    messages: list[str] = []
    page = await browser.new_page(viewport={"width": 360, "height": 740}, locale="fr-FR")
    page.on("pageerror", lambda error: messages.append(str(error)))
    await _a_board_that_lives(page, demo)
    await _disruptions(page, demo)
    assert messages == []
