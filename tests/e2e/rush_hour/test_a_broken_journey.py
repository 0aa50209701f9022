"""A journey is planned, followed, broken by its operator and planned again: with the pages alone,
with the keyboard alone, with scripts and without."""

from typing import Any

import pytest

pytest.importorskip("playwright.async_api", reason="needs playwright")
pytest.importorskip("axe_playwright_python.async_playwright", reason="needs axe")
from browser_pages import no_fault, reach
from playwright.async_api import expect
from running_demo import Demo

from socle.testing import one_size

pytestmark = pytest.mark.e2e

TOWN, OTHER_TOWN = "Orléans gare routière", "Châteauneuf-sur-Loire"
"""A coach goes from the one to the other, and nothing else does."""
SLOW = 60_000  # milliseconds, a bound only


@pytest.mark.parametrize(
    ("width", "scripts"),
    [
        (360, True),
        (1280, False),
        pytest.param(360, False, marks=[pytest.mark.deep_only, one_size]),
        pytest.param(1280, True, marks=[pytest.mark.deep_only, one_size]),
    ],
)
async def test_a_broken_journey_is_replaced_with_the_keyboard(
    demo: Demo, browser: Any, width: int, scripts: bool
) -> None:
    context = await browser.new_context(
        viewport={"width": width, "height": 740}, locale="fr-FR", java_script_enabled=scripts
    )
    page = await context.new_page()
    await _plan(page, demo, scripts=scripts)
    await _follow(page, page.locator("#resultats"), scripts=scripts)
    broken = page.url
    await _break(demo, broken.rpartition("/")[2])
    await _see_it_broken(page, scripts=scripts)
    await _follow(page, page.locator("#suivi-autres"), scripts=scripts)
    assert page.url != broken
    await context.close()


async def _plan(page: Any, demo: Demo, *, scripts: bool) -> None:
    await page.goto(demo.address)
    for name, text in (("Départ", TOWN), ("Arrivée", OTHER_TOWN)):
        await reach(page, page.get_by_label(name, exact=True))
        await page.keyboard.type(text)
    await reach(page, page.get_by_role("button", name="Voir les trajets"))
    await page.keyboard.press("Enter")
    await expect(page.locator(".trajet").first).to_be_visible(timeout=SLOW)
    await no_fault(page, scripts=scripts)


async def _follow(page: Any, journeys: Any, *, scripts: bool) -> None:
    """Follow the first of these journeys."""
    await reach(page, journeys.locator(".trajet-suivre a").first)
    await page.keyboard.press("Enter")
    await expect(page.locator("#suivi-resume:not(.avis-grave)")).to_be_visible(timeout=SLOW)
    await no_fault(page, scripts=scripts)


async def _break(demo: Demo, journey: str) -> None:
    """The operator cancels the first ride of the journey."""
    found = await demo.get(f"/mobilite/v1/journeys/{journey}")
    ride = next(leg for leg in found["journeys"][0]["legs"] if leg.get("trip_id"))
    key = (demo.data / "guichet.key").read_text().strip()
    address = f"{demo.address}/mobilite/v1/desk/{ride['trip_id'].partition(':')[0]}/cancellations"
    wish = {"trip": ride["trip_id"], "start_date": ride["start_date"]}
    headers = {"Authorization": f"Bearer {key}"}
    async with demo.client.post(address, json=wish, headers=headers) as answer:
        assert answer.status == 201, await answer.text()


async def _see_it_broken(page: Any, *, scripts: bool) -> None:
    """With scripts the page says so by itself; without, once it is asked again."""
    outcome = page.locator("#suivi-resume.avis-grave")
    if not scripts:
        again = page.get_by_role("link", name="Actualiser")
        for _ in range(30):
            await reach(page, again)
            await page.keyboard.press("Enter")
            if await outcome.count():
                break
    await expect(outcome).to_be_visible(timeout=SLOW)
    await no_fault(page, scripts=scripts)
