"""The home page in a browser: favourites by keyboard, a refused position, boards without a
connection."""

from typing import Any

import pytest
from region_api import Region
from region_data import GARE, board, departure, place, stop

from socle.clock import ManualClock
from socle.testing import until

playwright_api = pytest.importorskip("playwright.async_api", reason="needs playwright")
expect = playwright_api.expect


def furnish(region: Region) -> None:
    region.boards[GARE] = board(departure("1", "09:03", "predicted"))
    region.boards["tao:parc"] = board(departure("2", "09:07"), stop=stop("tao:parc", "Parc"))


async def add_favourite(page: Any, address: str) -> None:
    await page.goto(address)
    await page.get_by_role("button", name="Favori").press("Enter")
    await expect(page.locator(".favori-etoile")).to_contain_text("Ajouté à vos favoris")
    await expect(page.get_by_role("button", name="Favori")).to_have_attribute(
        "aria-pressed", "true"
    )


async def test_favourites_are_added_moved_and_removed_by_keyboard(
    region: Region, portal: str, browser: Any
) -> None:
    furnish(region)
    page = await browser.new_page(locale="fr-FR", viewport={"width": 360, "height": 740})
    await add_favourite(page, f"{portal}/arrets/tao:gare")
    await add_favourite(page, f"{portal}/arrets/tao:parc")
    await page.goto(portal)
    items = page.locator("#favoris-liste > li")
    await expect(items).to_have_count(2)
    await expect(items.first).to_contain_text("Gare d’Orléans")
    await expect(items.first.locator(".prochain")).to_contain_text("min")
    await page.get_by_role("button", name="Modifier mes favoris").press("Enter")
    await page.get_by_role("button", name="Monter Parc").press("Enter")
    await expect(items.first).to_contain_text("Parc")
    await expect(page.get_by_role("button", name="Monter Parc")).to_be_focused()
    await expect(page.locator("#favoris-etat")).to_have_text("Parc : place 1.")
    await page.get_by_role("button", name="Retirer Parc").press("Enter")
    await expect(items).to_have_count(1)
    await expect(page.get_by_role("button", name="Retirer Gare d’Orléans")).to_be_focused()
    await page.reload()
    await expect(items).to_have_count(1)
    await expect(items.first).to_contain_text("Gare d’Orléans")


async def test_unreadable_or_full_storage_is_stated_and_the_page_works(
    region: Region, portal: str, browser: Any
) -> None:
    furnish(region)
    page = await browser.new_page(locale="fr-FR")
    await page.goto(portal)
    await page.evaluate("localStorage.setItem('favoris', '{\"x\": ')")
    await page.reload()
    await expect(page.get_by_text("sont devenus illisibles")).to_be_visible()
    await expect(page.get_by_role("button", name="Voir les trajets")).to_be_visible()
    await page.get_by_role("button", name="Effacer et recommencer").click()
    await expect(page.get_by_text("C’est fait")).to_be_visible()
    await page.goto(f"{portal}/arrets/tao:gare")
    await page.evaluate(FULL_STORAGE)
    await page.get_by_role("button", name="Favori").click()
    await expect(page.locator(".favori-etoile")).to_contain_text("n’a pas pu l’enregistrer")
    await expect(page.get_by_role("button", name="Favori")).to_have_attribute(
        "aria-pressed", "false"
    )


@pytest.mark.parametrize(
    ("code", "sentence"),
    [(1, "n’a pas le droit"), (2, "ne trouve pas sa position"), (3, "met trop de temps")],
)
async def test_without_a_position_the_reason_is_stated_and_nothing_typed_is_lost(
    region: Region, portal: str, browser: Any, code: int, sentence: str
) -> None:
    page = await browser.new_page(locale="fr-FR")
    await page.add_init_script(
        f"navigator.geolocation.getCurrentPosition = (_, fail) => fail({{ code: {code} }});"
    )
    await page.goto(portal)
    await page.get_by_label("Départ", exact=True).fill("Mairie")
    await page.get_by_label("Arrivée").fill("Hôpital")
    await page.get_by_role("button", name="Ma position").click()
    await expect(page.locator("#autour-etat")).to_contain_text(sentence)
    await expect(page.get_by_label("Départ", exact=True)).to_have_value("Mairie")
    await expect(page.get_by_label("Arrivée")).to_have_value("Hôpital")
    assert not any("/autour" in request for request in region.requests)


async def test_the_last_boards_are_readable_without_a_connection(
    region: Region, portal: str, browser: Any
) -> None:
    furnish(region)
    region.places = [place(GARE, "Gare d'Orléans")]
    context = await browser.new_context(locale="fr-FR")
    page = await context.new_page()
    # The board's departures are those of the region's day.
    await page.clock.install(time="2026-03-02T09:00:00+01:00")
    await page.goto(f"{portal}/arrets/tao:parc")
    await until(lambda: stored(page, 1))
    await page.goto(f"{portal}/arrets/tao:gare")
    await until(lambda: stored(page, 2))
    await page.goto(f"{portal}/?lat=47.9&lon=1.9")
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    assert await page.evaluate(STORED) == ["/arrets/tao:parc", "/arrets/tao:gare"]
    await page.reload()  # under the service worker
    (worker,) = context.service_workers
    # The browser's own offline mode does not reach the requests of a service worker.
    await worker.evaluate("() => { self.fetch = () => Promise.reject(new TypeError()); }")
    await page.goto(f"{portal}/arrets/tao:gare")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Gare d’Orléans")
    await expect(page.locator("#hors-ligne-avis")).to_have_text(
        "Hors ligne. Tableau de 09:00, il peut avoir changé."
    )
    await expect(page.locator(".depart time")).to_have_text("09:03")
    await expect(page.locator(".temoin")).to_have_count(0)
    await page.get_by_role("link", name="Parc").click()
    await expect(page.locator(".depart time")).to_have_text("09:07")
    await page.goto(f"{portal}/perturbations")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Hors ligne")
    await expect(page.locator("#hors-ligne-liste li")).to_have_count(2)
    await page.clock.set_system_time("2026-03-03T09:01:00+01:00")
    await page.reload()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Hors ligne")
    await expect(page.locator("#hors-ligne-liste li")).to_have_count(0)


LOG_OUT = """() => {
  const form = Object.assign(document.createElement("form"), { method: "post" });
  form.action = "/auth/logout";
  document.body.append(form);
  form.submit();
}"""
WITH_ACCOUNT = """document.addEventListener("readystatechange", () => {
  const link = '<div class="compte"><a href="/auth/logout">Se déconnecter</a></div>';
  document.body.insertAdjacentHTML("beforeend", link);
})"""
FULL_STORAGE = """() => {
  Storage.prototype.setItem = () => { throw new DOMException("", "QuotaExceededError"); };
}"""
STORED = """async () => {
  const keys = await (await caches.open("hors-ligne")).keys();
  return keys.map(({ url }) => new URL(url).pathname);
}"""


async def stored(page: Any, count: int) -> bool:
    return len(await page.evaluate(STORED)) == count


async def test_a_logout_erases_the_boards_and_those_that_an_open_page_stores_again(
    region: Region, portal: str, browser: Any, manual_clock: ManualClock
) -> None:
    furnish(region)
    context = await browser.new_context(locale="fr-FR")
    page, other, anonymous = [await context.new_page() for _ in range(3)]
    for each, address in ((page, GARE), (other, "tao:parc")):
        await each.add_init_script(WITH_ACCOUNT)
        await each.goto(f"{portal}/arrets/{address}")
    await until(lambda: stored(page, 2))
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await page.goto(f"{portal}/carte")  # under the service worker
    await page.evaluate(LOG_OUT)
    await page.wait_for_url("**/auth/logout")
    await until(lambda: stored(other, 0))
    manual_clock.advance(60)
    region.change(board(departure("2", "09:20"), stop=stop("tao:parc", "Parc")), "tao:parc")
    await expect(other.locator(".depart time")).to_have_text("09:20")
    await other.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await until(lambda: stored(other, 1))
    await anonymous.goto(f"{portal}/")
    await until(lambda: stored(other, 0))
