"""Checks of a rendered page: axe-core, sizes, screenshots. https://github.com/dequelabs/axe-core"""

import os
from pathlib import Path
from typing import Any

import pytest
from pilot_lab import ANONYMOUS, Lab

from socle.auth import TOKEN_HEADER

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
FOCUS_IS_SEEN = "getComputedStyle(document.activeElement).outlineStyle !== 'none'"
UNFOLD = "document.querySelectorAll('details').forEach(each => { each.open = true })"
PICTURES = os.environ.get("REGIONLAB_TEST_PICTURES")


async def browsing(
    browser: Any,
    pilots: Lab,
    width: int,
    scheme: str,
    *,
    who: tuple[str, str] = ANONYMOUS,
    locale: str = "fr-FR",
) -> Any:
    """A browser context of a person on a screen of that width."""
    return await browser.new_context(
        viewport={"width": width, "height": 740},
        color_scheme=scheme,
        locale=locale,
        extra_http_headers={TOKEN_HEADER.decode(): pilots.token(who)},
    )


async def look(page: Any, name: str) -> None:
    """No accessibility fault, nothing beyond the screen whatever is unfolded, no target too
    small."""
    await page.evaluate(UNFOLD)
    axe = pytest.importorskip("axe_playwright_python.async_playwright", reason="needs axe")
    found = await axe.Axe().run(page, options=RULES)
    assert found.violations_count == 0, f"{name}: {found.generate_report()}"
    assert len(found.response["passes"]) > 10, name
    width = page.viewport_size["width"]
    assert await page.evaluate("document.documentElement.scrollWidth") <= width, name
    # A wide screen shows the folded menu without its summary.
    for button in await page.locator("button, .bouton, summary").filter(visible=True).all():
        box = await button.bounding_box()
        assert box["height"] >= 44, f"{name}: {await button.inner_text()}"
    if PICTURES:
        file = Path(PICTURES) / f"{name}-{width}.png"
        await page.screenshot(path=file, full_page=True)
