"""A pilot's report in a browser: on a phone and a large screen, with large letters, by keyboard."""

from typing import Any

import pytest
from page_sight import FOCUS_IS_SEEN, browsing, look
from pilot_lab import ANONYMOUS, COORDINATOR, Lab
from trial_people import halves, take_part

from socle.auth import TOKEN_HEADER

pytest.importorskip("playwright.async_api", reason="needs playwright")
pytest.importorskip("axe_playwright_python.async_playwright", reason="needs axe")

REPORT = "/pilotes/v1/pilots/alertes/report"
LINES = """each => {
    const whole = document.createRange();
    whole.selectNodeContents(each);
    return whole.getClientRects().length;
}"""
OVERFLOWING = "each => each.scrollWidth > each.clientWidth"


async def evaluated(pilots: Lab) -> None:
    """A trial that is over, with disclosed results."""
    await pilots.reach_stage("trial")
    await take_part(pilots, halves(200, arm=0.75, control=0.5), since=pilots.clock.now())
    pilots.clock.advance(40 * 86_400)
    await pilots.change("POST", "/stage", {"to": "evaluation"})


@pytest.mark.parametrize(
    ("width", "scheme", "letters"),
    [
        (360, "light", 100),
        (1280, "dark", 100),
        (360, "dark", 200),
        pytest.param(720, "light", 200, marks=pytest.mark.deep_only),
    ],
)
async def test_a_report_is_read_on_every_screen(
    pilots: Lab, browser: Any, width: int, scheme: str, letters: int
) -> None:
    await evaluated(pilots)
    context = await browsing(browser, pilots, width, scheme)
    page = await context.new_page()
    await page.goto(pilots.address + REPORT)
    await page.evaluate("size => { document.documentElement.style.fontSize = size }", f"{letters}%")
    await look(page, f"rapport-{letters}")
    assert await page.get_by_role("heading", level=2).first.inner_text() == "En bref"
    # No word is cut to fit: what is too wide scrolls in its frame, which takes the focus.
    frames = await page.locator("main .defile[role=group]").all()
    assert len(frames) == await page.locator("table").count() > 5
    for cell in await page.get_by_role("columnheader", name="Personnes").all():
        assert await cell.evaluate(LINES) == 1
    if width == 360:
        await scroll_by_keyboard(page, frames)


async def scroll_by_keyboard(page: Any, frames: list[Any]) -> None:
    wide = [each for each in frames if await each.evaluate(OVERFLOWING)]
    assert wide
    await wide[0].focus()
    await page.keyboard.press("ArrowRight")
    assert await page.evaluate(FOCUS_IS_SEEN)
    await page.wait_for_function("each => each.scrollLeft > 0", arg=await wide[0].element_handle())


async def test_a_reader_without_access_gets_a_page_that_explains_it(
    pilots: Lab, browser: Any
) -> None:
    await pilots.reach_stage("trial")
    headers = {TOKEN_HEADER.decode(): pilots.token(ANONYMOUS)}
    page = await browser.new_page(
        viewport={"width": 360, "height": 740}, locale="fr-FR", extra_http_headers=headers
    )
    for path, status, expected in (
        (REPORT, 401, "L’essai est en cours"),
        (f"{REPORT}.pdf", 401, "L’essai est en cours"),
        (REPORT.replace("alertes", "inconnu"), 404, "Aucun essai"),
    ):
        answer = await page.goto(pilots.address + path)
        assert answer.status == status
        assert expected in await page.get_by_role("alert").inner_text()
        link = page.get_by_role("link", name="Vous êtes de l’équipe")
        assert await link.get_attribute("href") == f"/auth/login?next={path}"
        await look(page, f"rapport-{status}")
    # A program gets a problem, as everywhere.
    refused = await pilots.request("GET", "/pilots/alertes/report", who=ANONYMOUS)
    assert refused.headers["content-type"] == "application/problem+json"
    assert (await pilots.request("GET", "/pilots/alertes/report", who=COORDINATOR)).status == 200
