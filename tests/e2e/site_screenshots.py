"""Pictures of every page of the site, at both widths, by day and by night."""

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp
from living_pilots import until_people_take_part
from running_demo import RUSH_HOUR, client_of, launch
from site_crawl import PEOPLE, browsing, crawl, one_per_pattern

from socle.testing.browser import open_browser


@dataclass(frozen=True)
class View:
    """How a page is looked at."""

    width: int
    """In CSS pixels."""
    scheme: str
    """`light` or `dark`."""

    def __str__(self) -> str:
        return f"{self.width}-{self.scheme}"


VIEWS: Final = tuple(View(width, scheme) for width in (360, 1280) for scheme in ("light", "dark"))


async def as_person(browser: Any, reader: aiohttp.ClientSession, view: View) -> Any:
    """A page of the browser, with the cookies of the person that `reader` is logged in as."""
    context = await browser.new_context(
        base_url=str(reader._base_url),
        viewport={"width": view.width, "height": 800},
        color_scheme=view.scheme,
        locale="fr-FR",
    )
    # Of https: a `__Host-` cookie must be secure. Chromium sends it to http://localhost too.
    cookies = [
        {"name": each.key, "value": each.value, "url": "https://localhost/", "secure": True}
        for each in reader.cookie_jar
    ]
    await context.add_cookies(cookies)
    return await context.new_page()


async def take_pictures(folder: Path, data: Path) -> int:
    """Write the pictures into a folder; return how many. `data`: the folder of the demo."""
    launcher = launch(RUSH_HOUR, data)
    try:
        await asyncio.to_thread(launcher.wait_until_ready)
        taken = 0
        async with client_of(launcher) as demo, open_browser() as browser:
            await until_people_take_part(demo.data)
            for role in PEOPLE:
                async with browsing(demo, role) as reader:
                    addresses = one_per_pattern(await crawl(reader))
                    for view in VIEWS:
                        page = await as_person(browser, reader, view)
                        for address in addresses:
                            await page.goto(address)
                            name = re.sub(r"[^\w-]+", "_", address).strip("_") or "accueil"
                            path = folder / role / f"{name[:80]}-{view}.png"
                            await page.screenshot(path=path, full_page=True)
                            taken += 1
                        await page.close()
        return taken
    finally:
        launcher.stop()
