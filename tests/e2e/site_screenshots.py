"""Screenshots of every page of the site, at both widths, in light and dark mode."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import aiohttp
from living_pilots import until_people_take_part
from running_demo import RUSH_HOUR, client_of, launch
from site_crawl import PEOPLE, browser_address, browsing, crawl, one_per_pattern

from socle.testing.browser import open_browser


@dataclass(frozen=True)
class View:
    """A width and a colour scheme."""

    width: int
    """In CSS pixels."""
    scheme: Literal["light", "dark"]

    def __str__(self) -> str:
        return f"{self.width}-{self.scheme}"


VIEWS: Final = (View(360, "light"), View(360, "dark"), View(1280, "light"), View(1280, "dark"))


async def as_person(browser: Any, address: str, reader: aiohttp.ClientSession, view: View) -> Any:
    """A page of the browser, with the cookies of the person that `reader` is logged in as.

    `address`: of the site (`browser_address`).
    """
    context = await browser.new_context(
        base_url=address,
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


async def photograph(page: Any, addresses: Sequence[str], folder: Path, view: str) -> None:
    for address in addresses:
        await page.goto(address)
        name = re.sub(r"[^\w-]+", "_", address).strip("_") or "accueil"
        await page.screenshot(path=folder / f"{name[:80]}-{view}.png", full_page=True)


async def take_screenshots(folder: Path, data: Path) -> int:
    """Write the screenshots into a folder; return how many. `data`: the folder of the demo."""
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
                        page = await as_person(browser, browser_address(demo), reader, view)
                        await photograph(page, addresses, folder / role, view)
                        taken += len(addresses)
                        await page.close()
        return taken
    finally:
        launcher.stop()
