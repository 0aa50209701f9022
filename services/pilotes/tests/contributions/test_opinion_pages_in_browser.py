"""The opinion pages in a browser: by keyboard, without a script, under axe-core, on a phone and on
a large screen."""

from typing import Any

import pytest
from page_sight import browsing, look
from pilot_lab import ANONYMOUS, HOLDER, Lab

from socle.testing import one_size

pytest.importorskip("playwright.async_api", reason="needs playwright")

LONG = "https://exemple.invalid/" + "a" * 300


@pytest.mark.parametrize(
    ("width", "scheme"),
    [(320, "light"), pytest.param(1280, "dark", marks=[pytest.mark.deep_only, one_size])],
)
async def test_an_opinion_is_given_and_answered(
    pilots: Lab, browser: Any, width: int, scheme: str
) -> None:
    await pilots.reach_stage("trial")
    await pilots.reach_stage("evaluation", "carnet")
    for number, text in enumerate(("Les alertes arrivent trop tard.\nDommage.", LONG), 1):
        body = {"pilot_id": "alertes", "said": text}
        await pilots.request("POST", "/contributions", body, who=ANONYMOUS)
        verdict = {"state": "published", "answer": "Merci. Elles partent dix minutes plus tôt."}
        path = f"/pilots/alertes/contributions/{number}"
        assert (await pilots.request("PUT", path, verdict, who=HOLDER, at=1)).status == 200
    context = await browsing(browser, pilots, width, scheme)
    page = await context.new_page()
    await page.goto(f"{pilots.address}/participer")
    await look(page, "code")
    await page.get_by_role("link", name="donner votre avis sur un essai").click()
    await look(page, "pilotes")
    await page.get_by_role("link", name="donner le mien : Être prévenu").first.click()
    await look(page, "avis")
    # By keyboard alone: the text, then the button that follows it.
    await page.get_by_label("Que pensez-vous de cet essai").focus()
    await page.keyboard.type("Les bus <aussi>, s'il vous plaît.")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.innerText") == "Envoyer mon avis"
    await page.keyboard.press("Enter")
    await page.get_by_role("status").wait_for()
    assert "Votre avis est transmis" in await page.get_by_role("status").inner_text()
    await look(page, "avis-transmis")
    # A text that the browser accepts and the service refuses stays in the form.
    field = page.get_by_label("Que pensez-vous de cet essai")
    await field.evaluate("each => { each.removeAttribute('required') }")
    await field.fill("   ")
    await page.get_by_role("button", name="Envoyer mon avis").click()
    assert "Rien n’a été envoyé" in await page.get_by_role("alert").inner_text()
    await look(page, "avis-refuse")
    assert await context.cookies() == []
