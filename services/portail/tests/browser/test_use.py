"""The pages as people use them: by keyboard, without scripts, while things change."""

from typing import Any

import pytest
from region_api import Region
from region_data import GARE, board, departure, place

from socle.testing import until

playwright_api = pytest.importorskip("playwright.async_api", reason="needs playwright")
expect = playwright_api.expect

SUMMARY = {"id": "tao:0:1", "header": "Travaux", "severity": "warning", "active": True}


async def test_from_the_search_to_the_board_by_keyboard_alone(
    region: Region, portal: str, browser: Any
) -> None:
    page = await browser.new_page(locale="fr-FR")
    await page.goto(portal)
    press = page.keyboard.press
    await press("Tab")
    await expect(page.locator(".evitement")).to_be_focused()
    await expect(page.locator(".evitement")).to_be_in_viewport()
    await press("Enter")
    await expect(page.locator("main")).to_be_focused()
    for name in ("Départ", None, "Arrivée", "Aujourd’hui", "Partir à", "Heure"):  # None: a button
        await press("Tab")
        if name is not None:
            await expect(page.get_by_label(name)).to_be_focused()
    await press("Shift+Tab")
    await press("Shift+Tab")
    await press("ArrowRight")
    await expect(page.get_by_label("Demain")).to_be_checked()
    await expect(page.get_by_label("Demain")).to_be_focused()
    # The field of a time has as many parts as its language has.
    await page.get_by_label("En fauteuil roulant").focus()
    await press("Tab")
    await press("Tab")
    await expect(page.get_by_label("Nom d’un arrêt")).to_be_focused()
    await page.keyboard.type("gare")
    await press("Enter")
    await page.wait_for_url("**/?q=gare")
    order = [
        "Région Lab",
        "Accueil",
        "Itinéraires",
        "Lignes",
        "Perturbations",
        "Carte",
        "Essais",
        "Se connecter",
        "English",
    ]
    await press("Tab")  # the skip link
    for name in order:
        await press("Tab")
        await expect(page.locator(":focus")).to_contain_text(name)
    for _ in range(3):  # the field, its button, around me
        await press("Tab")
    await press("Tab")
    await expect(page.locator(":focus")).to_have_text("Gare d’Orléans")
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert await page.evaluate(outline) == "solid"
    await press("Enter")
    await page.wait_for_url("**/arrets/tao:gare")
    await expect(page.locator("h1")).to_have_text("Gare d’Orléans")


async def test_a_tap_on_a_suggestion_does_not_press_what_is_below(
    region: Region, portal: str, browser: Any
) -> None:
    region.places = [place(GARE, "Gare d'Orléans", type="station"), place("tao:parc", "Parc")]
    context = await browser.new_context(
        locale="fr-FR", viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True
    )
    page = await context.new_page()
    await page.goto(portal)
    await page.get_by_label("Départ").fill("gare")
    option = page.locator("#completion [role=option]").first
    await expect(option).to_be_visible()
    await page.evaluate(
        """() => {
          window.pressed = [];
          const isOption = (target) => target.closest("[role=option]") !== null;
          const note = ({ target }) => window.pressed.push(isOption(target));
          document.addEventListener("click", note, true);
        }"""
    )
    box = await option.bounding_box()
    # Where the button of the position is, below the list.
    await page.touchscreen.tap(box["x"] + 40, box["y"] + box["height"] / 2)
    await expect(page.locator("[name=de_lieu]")).to_have_value(GARE)
    await expect(page.get_by_label("Départ")).to_have_value("Gare d’Orléans")
    await expect(page.locator("#completion")).to_be_hidden()
    await page.wait_for_function("window.pressed.length")
    assert await page.evaluate("window.pressed") == [True]
    await context.close()


async def test_everything_is_there_without_scripts(
    region: Region, portal: str, browser: Any
) -> None:
    region.boards[GARE] = board(departure("1", "09:03", "predicted"), alerts=[SUMMARY], next="c")
    context = await browser.new_context(java_script_enabled=False, locale="fr-FR")
    page = await context.new_page()
    await page.goto(portal)
    await expect(page.locator("#autour")).to_be_hidden()
    await expect(page.locator("#favoris")).to_be_hidden()
    await page.get_by_label("Nom d’un arrêt").fill("gare")
    await page.get_by_role("button", name="Chercher").click()
    await page.get_by_role("link", name="Gare d’Orléans").click()
    await expect(page.locator(".favori-etoile")).to_be_hidden()
    await expect(page.locator(".depart")).to_contain_text("Hôpital")
    await expect(page.locator("#direct-bouton")).to_be_hidden()
    await page.locator("#alertes > summary").click()
    await expect(page.get_by_role("link", name="Travaux")).to_be_visible()
    await page.get_by_role("link", name="Actualiser").click()
    await page.get_by_role("link", name="Départs plus tard").click()
    await page.get_by_role("link", name="Revenir à maintenant").click()
    await expect(page.locator("h2")).to_have_text("Départs")


async def test_a_change_appears_is_announced_and_moves_nothing(
    region: Region, portal: str, browser: Any
) -> None:
    rows = [departure(str(n), f"09:{n}", "predicted") for n in range(10, 30)]
    region.boards[GARE] = board(*rows, alerts=[SUMMARY])
    page = await browser.new_page(locale="fr-FR", viewport={"width": 360, "height": 640})
    await page.goto(f"{portal}/arrets/tao:gare")
    await until(lambda: region.listening == 1)
    await page.locator("#alertes > summary").click()
    await page.locator("#alertes a").focus()
    await page.evaluate("scrollTo(0, 300)")
    focused = page.locator(".depart").nth(3)
    await focused.evaluate("each => { each.mark = 1 }")
    region.change(board(departure("10", "09:10", "cancelled"), *rows[1:], alerts=[SUMMARY]))
    await expect(page.locator(".depart").first).to_contain_text("supprimé")
    announcement = "Supprimé : ligne A vers Hôpital de 09:10."
    await expect(page.locator("#annonce")).to_have_text(announcement)
    await expect(page.locator("#alertes a")).to_be_focused()
    assert await page.evaluate("[alertes.open, scrollY]") == [True, 300]
    assert await focused.evaluate("each => each.mark") == 1
    region.change(board(*rows[2:], departure("40", "09:40"), alerts=[SUMMARY]))
    await expect(page.locator(".depart .heure-dans").last).to_have_text("09:40")
    await expect(page.locator(".depart")).to_have_count(19)
    await expect(page.locator("#annonce")).to_have_text(announcement)


async def test_it_can_be_paused_and_listens_only_while_somebody_looks(
    region: Region, portal: str, browser: Any
) -> None:
    page = await browser.new_page(locale="fr-FR")
    await page.goto(f"{portal}/arrets/tao:gare")
    await until(lambda: region.listening == 1)
    await page.get_by_role("button", name="Suspendre").click()
    await expect(page.get_by_text("Mise à jour suspendue")).to_be_visible()
    await until(lambda: region.listening == 0)
    region.change(board(departure("1", "09:03")))
    await page.get_by_role("button", name="Reprendre").click()
    await expect(page.locator(".depart")).to_have_count(1)
    hide = """hidden => {
      Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }"""
    await page.evaluate(hide, True)
    await until(lambda: region.listening == 0)
    await page.evaluate(hide, False)
    await until(lambda: region.listening == 1)


async def test_a_lost_connection_is_announced_and_restored(
    region: Region, portal: str, browser: Any
) -> None:
    context = await browser.new_context(locale="fr-FR")
    page = await context.new_page()
    await page.goto(f"{portal}/arrets/tao:gare")
    await until(lambda: region.listening == 1)
    # Received, not only requested: a pending board would remove the notice again.
    region.change(board(departure("1", "09:02"), departure("2", "09:04")))
    await expect(page.locator(".depart")).to_have_count(2)
    await context.set_offline(True)
    await expect(page.get_by_text("Les horaires ne sont plus mis à jour")).to_be_visible()
    region.change(board(departure("1", "09:03")))
    await context.set_offline(False)
    # Browsers come again after some seconds of their own.
    await expect(page.get_by_text("Les horaires ne sont plus mis à jour")).to_be_hidden()
    await expect(page.locator(".depart")).to_have_count(1)


async def test_a_place_leaves_the_machine_rounded(
    region: Region, portal: str, browser: Any
) -> None:
    place = {"latitude": 47.9078123, "longitude": 1.9054999}
    context = await browser.new_context(
        geolocation=place, permissions=["geolocation"], locale="fr-FR"
    )
    page = await context.new_page()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    await page.goto(portal)
    nearby = page.get_by_role("region", name="Autour de moi")
    await page.get_by_role("button", name="Autour de moi").click()
    await expect(nearby.get_by_role("link", name="Gare d’Orléans")).to_be_in_viewport()
    await expect(page.get_by_label("Départ", exact=True)).to_have_value("")
    await page.get_by_role("button", name="Ma position").click()
    await expect(page.get_by_label("Départ", exact=True)).to_have_value("Ma position")
    await page.get_by_label("Arriver avant").click()
    await expect(page.get_by_label("Heure")).to_be_focused()
    await page.get_by_label("Heure").fill("09:30")
    await page.get_by_label("Demain").click()
    # A day that is chosen late takes nothing from the time that is typed.
    await expect(page.get_by_label("Heure")).to_be_focused()
    await expect(page.get_by_label("Demain")).to_be_checked()
    await expect(page.get_by_label("Date", exact=True)).to_be_hidden()
    await page.get_by_label("En fauteuil roulant").check()
    await page.get_by_label("Arrivée").fill("parc")
    await page.get_by_role("button", name="Voir les trajets").click()
    await page.wait_for_url("**/itineraires?**")
    assert [url for url in requests if "lat=47.908&lon=1.905" in url]
    assert "de_lieu=47.908%2C1.905" in page.url
    assert "fauteuil=oui" in page.url
    assert "quel_jour=demain&jour=&sens=arriver&heure=09%3A30" in page.url
    assert not any("47.9078" in url for url in requests)


async def test_the_search_completes_as_one_types_by_keyboard_and_pointer(
    region: Region, portal: str, browser: Any
) -> None:
    region.places = [place("hub:sncf:1", "Gare d'Orléans"), place(GARE, "Gare des Aubrais")]
    page = await browser.new_page(locale="fr-FR")
    await page.goto(portal)
    field = page.get_by_role("combobox", name="Nom d’un arrêt")
    options = page.get_by_role("listbox", name="Propositions").get_by_role("option")
    await field.press_sequentially("gare")
    await expect(options).to_have_count(2)
    await expect(field).to_have_attribute("aria-expanded", "true")
    await expect(page.locator("#completion-etat")).to_have_text("2 propositions")
    await field.press("ArrowDown")
    await expect(field).to_have_attribute("aria-activedescendant", "completion-1")
    await expect(page.locator("#completion [aria-selected=true]")).to_contain_text("Gare d’Orléans")
    await field.press("Escape")
    await expect(options).to_have_count(0)
    await expect(field).to_have_value("gare")
    await field.press_sequentially(" d")
    await options.get_by_text("Gare des Aubrais").click()
    await page.wait_for_url("**/arrets/tao:gare")
    await page.go_back()
    await field.fill("gare")
    await expect(options).to_have_count(2)
    await field.press("ArrowUp")
    await field.press("Enter")
    await page.wait_for_url("**/arrets/tao:gare")


async def test_both_ends_of_a_journey_complete_as_one_types(
    region: Region, portal: str, browser: Any
) -> None:
    region.places = [place("hub:sncf:1", "Gare d'Orléans"), place("commune:45247", "Parc")]
    page = await browser.new_page(locale="fr-FR")
    await page.goto(f"{portal}/itineraires")
    start = page.get_by_role("combobox", name="Départ")
    end = page.get_by_role("combobox", name="Arrivée")
    options = page.get_by_role("listbox", name="Propositions").get_by_role("option")
    await start.press_sequentially("gare")
    await expect(options).to_have_count(1)
    await start.press("ArrowDown")
    await start.press("Enter")
    await expect(start).to_have_value("Gare d’Orléans")
    await end.press_sequentially("pa")
    await options.get_by_text("Parc").click()
    await expect(end).to_have_value("Parc")
    await expect(options).to_have_count(0)
    await end.press("Enter")
    await page.wait_for_url("**/itineraires?**")
    (query,) = [each for each in region.requests if each.startswith("/journeys")]
    assert "from=hub%3Asncf%3A1&to=commune%3A45247" in query
