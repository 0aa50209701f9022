"""The site as people find it: by links, from the home page."""

import re
from typing import Final

import pytest
from running_demo import Demo
from site_crawl import PEOPLE, WITHOUT_LINK, Page, browsing, crawl, pattern_of

from gateway.routes.domain.route_table import TABLE

pytestmark = pytest.mark.e2e

_LANDMARKS: Final = (
    '<nav class="navigation"',
    '<nav class="compte"',
    '<main id="contenu"',
    '<footer class="pied"',
)
_LARGE_DISPLAY: Final = "affichage=borne"


@pytest.mark.parametrize("role", PEOPLE)
async def test_no_link_leads_nowhere_and_every_page_has_the_same_frame(
    demo: Demo, role: str
) -> None:
    async with browsing(demo, role) as browser:
        pages = await crawl(browser)
    broken = [f"{p.from_address} → {p.address}: {p.status}" for p in pages if p.status != 200]
    assert broken == []
    assert len(pages) > 15
    assert [fault for page in pages if (fault := _fault(page))] == []


def _fault(page: Page) -> str | None:
    """What the frame of a page lacks."""
    if not page.html or _LARGE_DISPLAY in page.address:
        return None
    missing = [each for each in _LANDMARKS if page.html.count(each) != 1]
    if missing or len(re.findall(r"<h1[ >]", page.html)) != 1:
        return f"{page.address}: {missing or 'h1'}"
    return None


async def test_every_address_for_people_is_reached_by_links(demo: Demo) -> None:
    reached = set()
    for role in PEOPLE:
        async with browsing(demo, role) as browser:
            reached |= {pattern_of(p.address.partition("?")[0]) for p in await crawl(browser)}
    meant = {
        route.pattern
        for route in TABLE.routes
        if route.page and "GET" in route.methods and route.pattern not in WITHOUT_LINK
    }
    assert meant - reached == set()
