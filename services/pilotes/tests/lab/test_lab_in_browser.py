"""The life of a pilot in a browser, by page and keyboard alone, from its creation to its end.
`tests/e2e` looks at every page of the lab that a link leads to."""

from collections.abc import Mapping
from typing import Any

import pytest
from page_sight import FOCUS_IS_SEEN, browsing, look
from pilot_lab import ANONYMOUS, COORDINATOR, JUDGE, Lab
from trial_people import halves, take_part

pytest.importorskip("playwright.async_api", reason="needs playwright")
pytest.importorskip("axe_playwright_python.async_playwright", reason="needs axe")

_MOST_TABS = 120
MOST_OF_A_PHONE = 600
"""Pixels. The file of an opinion is long to check: on a wide screen alone."""
STOPS_BEFORE = """
wanted => [
    ...document.querySelectorAll("a[href], button, input, select, textarea, summary")
].filter(
    each => each.type !== "hidden" && each.checkVisibility()
        && document.activeElement.compareDocumentPosition(each) & Node.DOCUMENT_POSITION_FOLLOWING
        && each.compareDocumentPosition(wanted) & Node.DOCUMENT_POSITION_FOLLOWING
).length"""
"""How many stops of the Tab key there are at least between the focus and an element."""
PAGE = "/lab/pilotes/alertes"
IDEA = {
    "title": "Des rappels de rendez-vous qui connaissent le trafic",
    "field": "Les t",
    "summary": "On prévient les voyageurs avant leur départ.",
    "owner": "Région",
    "id": "alertes",
}
RECORD = {
    "audience": "Les voyageurs.",
    "problem": "Les retards.",
    "hypothesis": "Prévenus, ils attendent moins.",
    "controller": "Région",
    "contact": "dpo@example.org",
    "purposes": "Mesurer l'effet.",
    "legal_basis": "Consentement",
    "people": "Des voyageurs",
    "data": "Des usages",
    "recipients": "L'équipe",
    "retention_days": "365",
    "security": "Des pseudonymes.",
}
PEOPLE = {
    "starts_at": "01012026",
    "ends_at": "12122026",
    "eligibility": "Tout le monde.",
    "arm_1_label": "Habituel",
    "arm_2_label": "Prévenu",
}
MEASURE = {
    "indicator_1_label": "A suivi un départ",
    "indicator_1_fact": "les prochains",
    "indicator_1_baseline": "0,5",
    "indicator_1_target": "0,65",
    "indicator_1_window_days": "14",
    "planned_per_arm": "250",
    "stopping_rule": "Un incident grave.",
}
READING = {
    "title": "Prévenu",
    "summary": "On prévient.",
    "asked": "Regardez.",
    "benefits": "Moins attendre.",
    "risks": "Aucun.",
    "arms": "Rien de plus\nUn message",
    "data": "Les usages",
}
NOTICE = {
    "asked": "Consultez vos horaires.",
    "benefits": "Moins d'attente.",
    "risks": "Aucun.",
    "storage": "En France",
    **{f"easy_{name}": text for name, text in READING.items()},
    **{f"english_{name}": text for name, text in READING.items()},
}


async def reach(page: Any, wanted: Any) -> None:
    """Tab until the focus is on a link, a field or a button."""
    handle = await wanted.element_handle()
    for _ in range(await page.evaluate(STOPS_BEFORE, handle)):
        await page.keyboard.press("Tab")
    for _ in range(_MOST_TABS):
        if await page.evaluate("each => each === document.activeElement", handle):
            assert await page.evaluate(FOCUS_IS_SEEN)
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {wanted}")


async def press(page: Any, wanted: Any) -> None:
    """Reach a link or a button, and follow it."""
    await reach(page, wanted)
    async with page.expect_navigation(wait_until="domcontentloaded"):
        await page.keyboard.press("Enter")


async def fill(page: Any, fields: Mapping[str, str]) -> None:
    """Type in the fields of those ids, in their order."""
    for name, text in fields.items():
        field = page.locator(f"#{name}")
        await reach(page, field)
        if await field.evaluate("each => each.matches('textarea, input:not([type=date])')"):
            await page.keyboard.insert_text(text)
        else:
            await page.keyboard.type(text)


async def follow(page: Any, name: str) -> None:
    """Follow the first link of that name in the page."""
    await press(page, page.get_by_role("main").get_by_role("link", name=name).first)


async def send(page: Any, fields: Mapping[str, str], button: str, done: str = "") -> None:
    """Fill in a form and send it. `done`: what the page of the pilot then announces."""
    await fill(page, fields)
    await press(page, page.get_by_role("button", name=button, exact=True).last)
    if done:
        assert done in await page.get_by_role("status").first.inner_text()


async def step(page: Any, reason: str = "") -> None:
    """Go to the first stage that can follow."""
    await follow(page, "Passer à cette étape")
    fields = {"reason": reason} if reason else {}
    await send(page, fields, "Passer à cette étape", "L’essai est passé à cette étape.")


async def create(page: Any) -> None:
    """From the lab to a pilot with its record and its team."""
    await follow(page, "Créer un essai")
    await send(page, IDEA, "Créer l’essai", "L’essai est créé.")
    await follow(page, "Modifier la fiche")
    await send(page, RECORD, "Enregistrer la fiche", "La fiche est enregistrée.")
    for subject, name, role in (("porteuse", "Camille", "le p"), ("membre-crnum", "Léa", "un m")):
        await follow(page, "Gérer l’équipe")
        fields = {"subject": subject, "name": name, "role": role}
        await send(page, fields, "Donner ce rôle", "Le rôle est donné.")
    await step(page)


async def write_protocol(page: Any) -> None:
    """The protocol: refused once, calculated, saved."""
    await send_piece(page)
    await follow(page, "Écrire le protocole")
    await fill(page, PEOPLE)
    await reach(page, page.locator("input[value='/mobilite/v1/stops/{stop_id}/departures']"))
    await page.keyboard.press("Space")
    await fill(page, MEASURE)
    await press(page, page.get_by_role("button", name="Calculer ce que l’essai pourra voir"))
    status = await page.get_by_role("status").inner_text()
    assert "Avec 250 personnes par groupe" in status
    assert "à corriger" not in status
    await look(page, "lab-protocole")
    await send(page, {}, "Enregistrer le protocole", "Le protocole est enregistré.")


async def send_piece(page: Any) -> None:
    """Give the first document that is missing."""
    await follow(page, "Déposer la pièce")
    await send(page, {"reference": "GED/1"}, "Déposer", "La pièce est déposée.")


async def give_opinion(browser: Any, pilots: Lab, width: int) -> None:
    """A member of the Cr'Num reads the file, and signs the opinion."""
    context = await browsing(browser, pilots, width, "light", who=JUDGE)
    page = await context.new_page()
    await page.goto(f"{pilots.address}/lab/mes-roles")
    await follow(page, "Lire le dossier et rendre l’avis")
    if width > MOST_OF_A_PHONE:
        await look(page, "lab-avis-crnum")
    opinion = {"opinion": "Favorable", "motives": "Utile et prudent."}
    await send(page, opinion, "Signer cet avis", "Votre avis est signé.")
    await context.close()


async def open_the_trial(page: Any, browser: Any, pilots: Lab) -> None:
    """Every gate up to the trial. The opinion of the Cr'Num is given by its member."""
    await step(page)
    await send_piece(page)
    await follow(page, "Geler le protocole")
    await send(page, {}, "Geler", "Le protocole est gelé.")
    await step(page)
    await give_opinion(browser, pilots, page.viewport_size["width"])
    await page.reload()
    await follow(page, "Publier la notice")
    await send(page, NOTICE, "Publier", "La notice est publiée.")
    await follow(page, "Voir et confirmer")
    await send(page, {}, "J’ai lu, je confirme", "C’est confirmé.")
    await step(page)


async def enrol_three(page: Any, browser: Any, pilots: Lab) -> None:
    """Print the invitations, and enrol with them on three devices."""
    await follow(page, "Imprimer des invitations")
    await send(page, {"label": "Affiche", "count": "3"}, "Préparer les codes")
    codes = await page.locator(".code-personnel").all_inner_texts()
    for code in codes:
        device = await browsing(browser, pilots, 360, "light", who=ANONYMOUS)
        person = await device.new_page()
        await person.goto(f"{pilots.address}/participer/c/{code}")
        await press(person, person.get_by_role("button", name="J’accepte").first)
        assert "Vous participez" in await person.get_by_role("heading", level=1).inner_text()
        await device.close()
    assert len(codes) == 3
    await page.goto(f"{pilots.address}{PAGE}")


async def five_answers_on_the_first_screen(page: Any) -> None:
    """Look at the lab, and go back to the pilot."""
    await follow(page, "Tous les essais du lab")
    answers = await page.locator("dl.bref").bounding_box()
    assert answers["y"] + answers["height"] <= page.viewport_size["height"]
    await page.go_back()


async def steer(page: Any) -> None:
    """Pause, resume, amend."""
    await follow(page, "Mettre en pause")
    await send(page, {"reason": "Des bus sont supprimés."}, "Mettre en pause", "est en pause")
    await five_answers_on_the_first_screen(page)
    await follow(page, "Reprendre")
    await send(page, {"reason": "Ils roulent."}, "Reprendre", "L’essai a repris.")
    await follow(page, "Amender le protocole")
    fields = {"reason": "Il faut plus de monde.", "planned_per_arm": "300"}
    await send(page, fields, "Voir ce que cela entraîne")
    assert "les effectifs prévus" in await page.get_by_role("status").inner_text()
    await send(page, {}, "Envoyer l’amendement", "L’amendement est envoyé.")
    assert "Amendement proposé" in await page.get_by_role("main").inner_text()


@pytest.mark.parametrize("width", [360, pytest.param(1280, marks=pytest.mark.deep_only)])
async def test_a_coordinator_takes_a_pilot_from_its_creation_to_its_end(
    pilots: Lab, browser: Any, width: int
) -> None:
    context = await browsing(browser, pilots, width, "light", who=COORDINATOR)
    page = await context.new_page()
    await page.goto(f"{pilots.address}/lab")
    await create(page)
    await write_protocol(page)
    await open_the_trial(page, browser, pilots)
    await enrol_three(page, browser, pilots)
    await take_part(pilots, halves(600, arm=0.75, control=0.5), since=pilots.clock.now())
    pilots.clock.advance(40 * 86_400)
    await page.reload()
    assert "Verdict favorable" in await page.get_by_role("main").inner_text()
    await look(page, "lab-pilote")
    await page.reload()
    await steer(page)
    await step(page)
    await follow(page, "Lire le rapport")
    assert "A suivi un départ" in await page.get_by_role("main").inner_text()
    await page.goto(f"{pilots.address}{PAGE}")
    await send_piece(page)
    await page.get_by_role("main").get_by_role("heading", name="Arrêt").wait_for()
    await press(page, page.locator(f"a[href='{PAGE}/etape/stop']"))
    await send(page, {"reason": "C'est fini."}, "Passer à cette étape", "passé à cette étape")
    await step(page)
    await five_answers_on_the_first_screen(page)
    await follow(page, "Tous les essais du lab")
    assert "Clos" in await page.get_by_role("main").inner_text()
