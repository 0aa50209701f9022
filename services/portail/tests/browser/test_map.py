"""Maps in a browser, under the pages' own policy: drawn on demand, by keyboard, and what a reader
gets where they cannot be drawn."""

import json
from typing import Any

import pytest
import pytest_asyncio
from region_api import Region
from region_data import vehicle

from socle.testing import until

playwright_api = pytest.importorskip("playwright.async_api", reason="needs playwright")
expect = playwright_api.expect

LINE = {
    "type": "Feature",
    "geometry": {"type": "LineString", "coordinates": [[1.88, 47.89], [1.93, 47.92]]},
    "properties": {"id": "tao:A", "name": "A", "color": "E2001A", "mode": "tram"},
}
POSITION = {"latitude": 47.902345, "longitude": 1.912345}


class MapApi:
    """The API's part for maps, in the browser's requests."""

    def __init__(self, region: Region) -> None:
        self.region = region
        self.addresses: list[str] = []

    async def __call__(self, route: Any) -> None:
        address = route.request.url
        self.addresses.append(address)
        if "vehicles/stream" in address:
            content = {"generated_at": vehicle()["measured_at"], "vehicles": self.region.vehicles}
            event = f"event: snapshot\ndata: {json.dumps(content)}\n\n"
            headers = {"content-type": "text/event-stream"}
            await route.fulfill(body=event, headers=headers)
            return
        features = [LINE] if "routes.geojson" in address else []
        await route.fulfill(json={"type": "FeatureCollection", "features": features})


@pytest_asyncio.fixture
async def page(region: Region, portal: str, browser: Any) -> Any:
    """A new page, whose requests for the API are answered, and which fails with its scripts."""
    region.vehicles = [vehicle("412", delay=300)]
    context = await browser.new_context(locale="fr-FR", geolocation=POSITION)
    page = await context.new_page()
    page.portal, page.api, page.errors = portal, MapApi(region), []
    await page.route("**/mobilite/v1/**", page.api)
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on("console", lambda each: each.type == "error" and page.errors.append(each.text))
    return page


async def test_the_map_is_drawn_and_its_list_leads_into_it_by_keyboard(page: Any) -> None:
    await page.goto(f"{page.portal}/carte")
    await expect(page.locator(".carte-cadre[data-pret]")).to_be_visible()
    await page.locator("#carte-liste summary").first.focus()
    await expect(page.locator("#carte-liste details").first).to_have_attribute("open", "")
    button = page.get_by_role("button", name="Situer : vers Hôpital")
    await button.press("Enter")
    card = page.locator(".carte-bulle")
    await expect(card).to_contain_text("A vers Hôpital")
    await expect(card).to_contain_text("5 min de retard · prochain arrêt : Gare d'Orléans")
    await expect(card.get_by_role("link", name="Voir ses arrêts")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(card).to_be_hidden()
    await expect(button).to_be_focused()
    assert page.errors == []


async def test_a_library_that_does_not_load_leaves_the_list_and_a_sentence(page: Any) -> None:
    await page.route("**/maplibre/**", lambda route: route.abort())
    await page.goto(f"{page.portal}/carte")
    await expect(page.locator(".carte-etat")).to_contain_text("La carte n’a pas pu se charger.")
    await expect(page.locator(".carte-cadre")).to_be_hidden()
    await expect(page.locator("#carte-liste")).to_contain_text("vers Hôpital")
    await page.unroute("**/maplibre/**")
    await page.get_by_role("button", name="Réessayer").press("Enter")
    await expect(page.locator(".carte-cadre[data-pret]")).to_be_visible()
    await expect(page.locator(".carte-etat")).to_be_empty()


async def test_a_browser_without_webgl_is_offered_the_list_alone(page: Any) -> None:
    await page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null;")
    await page.goto(f"{page.portal}/carte")
    await expect(page.locator(".carte-etat")).to_contain_text("Ce navigateur ne peut pas dessiner")
    await expect(page.locator(".carte-bouton")).to_be_hidden()


async def test_the_reader_s_position_stays_in_the_browser(page: Any, portal: str) -> None:
    await page.context.grant_permissions(["geolocation"], origin=portal)
    await page.goto(f"{portal}/carte")
    await expect(page.locator(".carte-cadre[data-pret]")).to_be_visible()
    await page.get_by_role("button", name="Me situer sur la carte").press("Enter")
    state = page.locator(".carte-etat")
    await expect(state).to_contain_text("Votre position reste dans ce navigateur")
    # The map has moved there, and what it draws behind is requested.
    await until(lambda: any("zoom=14" in each for each in page.api.addresses))
    # What is requested is the square of some ten kilometres around.
    assert not [each for each in page.api.addresses if "47.90" in each or "1.91" in each]
