"""Pages in a browser, used with the keyboard alone, and judged by axe."""

from typing import Any

from axe_playwright_python.async_playwright import Axe

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], "resultTypes": ["violations"]}
MOST_TABS = 120
"""No page has so many links and fields before the one wanted."""


async def no_fault(page: Any, *, scripts: bool = True) -> None:
    """axe finds nothing, where scripts run, and nothing is scrolled sideways."""
    if scripts:
        found = await Axe().run(page, options=RULES)
        assert found.violations_count == 0, found.generate_report()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def reach(page: Any, wanted: Any) -> None:
    """Press Tab until the focus is on `wanted`, a locator."""
    for _ in range(MOST_TABS):
        if await wanted.evaluate("each => each === document.activeElement"):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {wanted}")
