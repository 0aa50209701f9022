"""Journeys in a real browser: later ones in place, a shared link, a printed page."""

from typing import Any

import pytest
from region_api import Region
from region_data import GARE, at, followed, journey, leg_end, place, tram

pytest.importorskip("playwright.async_api", reason="needs playwright")
from playwright.async_api import expect

TRAM = tram(
    stops=[{**leg_end("tao:x", "Église"), "state": "predicted"}],
)


async def test_later_journeys_replace_those_on_the_page(
    region: Region, portal: str, browser: Any
) -> None:
    region.places = [place(GARE, "Gare", type="station"), place("tao:parc", "Parc")]
    region.journeys = {"journeys": [journey(TRAM)], "next": "plus", "previous": "avant"}
    page = await browser.new_page(locale="fr-FR", viewport={"width": 360, "height": 780})
    await page.goto(f"{portal}/itineraires?de=gare&vers=parc")
    await page.evaluate("window.same = true")
    later = {**TRAM, "departure": at("11:05"), "arrival": at("11:20")}
    region.journeys = {"journeys": [journey(later)], "previous": "avant"}
    await page.get_by_role("link", name="Plus tard").press("Enter")
    await expect(page.locator(".trajet-heures")).to_contain_text("11:05")
    await expect(page.locator("#resultats-titre")).to_be_focused()
    assert await page.evaluate("window.same")
    assert "suite=plus" in page.url
    # A link to a part of the page, and back, change nothing.
    await page.evaluate("location.hash = 'contenu'; history.back()")
    await page.wait_for_url(lambda address: "#" not in address)
    assert await page.evaluate("window.same")
    await page.go_back()
    await expect(page.get_by_role("link", name="Plus tard")).to_have_count(0)
    assert "suite=plus" not in page.url


async def test_a_journey_is_shared_and_printed_complete(
    region: Region, portal: str, browser: Any
) -> None:
    region.followed["j"] = followed(journey(TRAM))
    context = await browser.new_context(
        locale="fr-FR", permissions=["clipboard-read", "clipboard-write"]
    )
    page = await context.new_page()
    await page.add_init_script("window.print = () => { window.printed = true }")
    await page.goto(f"{portal}/itineraires/j")
    await page.get_by_role("button", name="Partager").press("Enter")
    await expect(page.locator("#partage-etat")).to_have_text(
        "Le lien est copié\N{NO-BREAK SPACE}: vous pouvez le coller dans un message."
    )
    assert await page.evaluate("navigator.clipboard.readText()") == f"{portal}/itineraires/j"
    await page.get_by_role("button", name="Imprimer").press("Enter")
    assert await page.evaluate("window.printed")
    await page.emulate_media(media="print")
    # The stops passed are folded on the screen and printed.
    await expect(page.get_by_text("Église")).to_be_visible()
    await expect(
        page.get_by_text("Trajet du lundi 2 mars. Imprimé le lundi 2 mars")
    ).to_be_visible()
    await expect(page.get_by_role("button", name="Imprimer")).to_be_hidden()
    await context.close()
