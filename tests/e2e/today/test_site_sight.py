"""Every page of the site in Debian's Chromium: axe-core at both widths, in light and dark mode, and
the weight of pages. https://github.com/dequelabs/axe-core
"""

from typing import Any, Final

import pytest
from running_demo import Demo
from site_crawl import PEOPLE, browser_address, browsing, crawl, one_per_pattern
from site_screenshots import VIEWS, as_person

from socle.testing import SHARE

axe = pytest.importorskip("axe_playwright_python.async_playwright", reason="needs axe")

pytestmark = [pytest.mark.e2e, pytest.mark.demo_campaign]

RULES: Final = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"],
    "resultTypes": ["violations"],
}
DATA_SAVER: Final = """
Object.defineProperty(navigator, "connection", { value: { saveData: true } });
"""
MOST_BYTES: Final = 100_000
MOST_REQUESTS: Final = 25


@pytest.mark.parametrize("role", PEOPLE)
async def test_no_fault_on_any_page(demo: Demo, browser: Any, role: str) -> None:
    async with browsing(demo, role) as reader:
        addresses = await _own_pages(demo, role, one_per_pattern(await crawl(reader)))
        faults = []
        # Each page in each view at the full size; else in one of two, which have both widths and
        # both schemes.
        views = VIEWS if SHARE == 1 else VIEWS[::3]
        for number, view in enumerate(views):
            page = await as_person(browser, browser_address(demo), reader, view)
            for address in addresses if SHARE == 1 else addresses[number :: len(views)]:
                await page.goto(address)
                found = await axe.Axe().run(page, options=RULES)
                if found.violations_count:
                    faults.append(f"{view} {address}: {found.generate_report()}")
                if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                    faults.append(f"{view} {address}: scrolls sideways")
            await page.close()
    assert faults == []


async def _own_pages(demo: Demo, role: str, addresses: list[str]) -> list[str]:
    """Those that an anonymous reader does not get, and the home page, whose header has the name."""
    if role == "anonymous":
        return addresses
    async with browsing(demo, "anonymous") as reader:
        open_to_all = set(one_per_pattern(await crawl(reader))) - {"/"}
    return [address for address in addresses if address not in open_to_all]


async def test_every_page_is_light(demo: Demo, browser: Any) -> None:
    async with browsing(demo, "anonymous") as reader:
        heavy = []
        for address in one_per_pattern(await crawl(reader)):
            page = await as_person(browser, browser_address(demo), reader, VIEWS[0])
            # With it a map loads when somebody opens it: else it counts if it is there by then.
            await page.add_init_script(DATA_SAVER)
            requests: list[Any] = []
            page.on("requestfinished", lambda request, requests=requests: requests.append(request))
            await page.goto(address, wait_until="load")
            weights = [(await request.sizes())["responseBodySize"] for request in requests]
            if sum(weights) > MOST_BYTES or len(weights) > MOST_REQUESTS:
                heavy.append(f"{address}: {sum(weights)} bytes in {len(weights)} requests")
            await page.close()
    assert heavy == []
