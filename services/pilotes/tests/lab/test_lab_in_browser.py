"""The lab in a browser, by the keyboard alone. `tests/e2e` looks at its pages on every screen."""

from typing import Any

import pytest
from page_sight import FOCUS_IS_SEEN, browsing, look
from pilot_lab import ANONYMOUS, COORDINATOR, HOLDER, Lab
from trial_people import halves, take_part

pytest.importorskip("playwright.async_api", reason="needs playwright")
pytest.importorskip("axe_playwright_python.async_playwright", reason="needs axe")

_MOST_TABS = 80
PILOT_LINK = "main a[href='/lab/pilotes/alertes']"


async def reach(page: Any, wanted: Any) -> None:
    """Tab until the focus is on a link, a field or a button."""
    for _ in range(_MOST_TABS):
        if await wanted.evaluate("each => each === document.activeElement"):
            assert await page.evaluate(FOCUS_IS_SEEN)
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {wanted}")


async def press(page: Any, wanted: Any) -> None:
    """Reach a link or a button, and follow it."""
    await reach(page, wanted)
    async with page.expect_navigation():
        await page.keyboard.press("Enter")


async def prepared(pilots: Lab) -> None:
    """A trial with results, a report and an opinion; and a pilot that is an idea."""
    await pilots.create_pilot("idee")
    await pilots.reach_stage("trial")
    await take_part(pilots, halves(600, arm=0.75, control=0.5), since=pilots.clock.now())
    pilots.clock.advance(40 * 86_400)
    report = {"kind": "incident", "severity": "minor", "said": "Une page lente au téléphone."}
    await pilots.request("POST", "/pilots/alertes/reports", report, who=HOLDER)
    opinion = {"pilot_id": "alertes", "said": "Trop de messages le matin."}
    await pilots.request("POST", "/contributions", opinion, who=ANONYMOUS)


async def test_a_coordinator_pauses_resumes_and_ends_a_trial_by_keyboard(
    pilots: Lab, browser: Any
) -> None:
    await prepared(pilots)
    context = await browsing(browser, pilots, 360, "light", who=COORDINATOR)
    page = await context.new_page()
    await page.goto(f"{pilots.address}/lab")
    await look(page, "lab")
    await page.reload()
    await press(page, page.locator(PILOT_LINK).last)
    await look(page, "lab-pilote")
    await page.reload()
    for link, button, done in (
        ("Mettre en pause", "Mettre en pause", "L’essai est en pause."),
        ("Reprendre", "Reprendre", "L’essai a repris."),
        ("Passer à cette étape", "Passer à cette étape", "L’essai est passé à cette étape."),
    ):
        await press(page, page.get_by_role("main").get_by_role("link", name=link).first)
        await reach(page, page.get_by_label("Pourquoi"))
        await page.keyboard.type("Des bus sont supprimés.")
        await press(page, page.get_by_role("button", name=button))
        assert done in await page.get_by_role("status").inner_text()
        if link == "Mettre en pause":
            await page.goto(f"{pilots.address}/lab")
            await press(page, page.locator(PILOT_LINK).first)
