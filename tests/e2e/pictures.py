"""Make README's picture: a board of the demo at a rush hour, in Chromium (`make pictures`)."""

import asyncio
import base64
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import pytest
from live_board import station, until_live
from running_demo import REPOSITORY, RUSH_HOUR, client_of, shared_demo

from socle.testing.browser import open_browser

PICTURE: Final = REPOSITORY / "docs" / "pictures" / "board.webp"
SIZE: Final = {"width": 960, "height": 640}
MOST_BYTES: Final = 60_000
_QUALITY: Final = 80


async def _take(page: Any) -> bytes:
    """The visible part of a page, as WebP, which Playwright itself does not write."""
    session = await page.context.new_cdp_session(page)
    command = {"format": "webp", "quality": _QUALITY}
    return base64.b64decode((await session.send("Page.captureScreenshot", command))["data"])


async def make_picture(folder: Path) -> None:
    """Start a demo in an empty folder, and write the picture of one of its boards.

    Raises SystemExit if the picture weighs more than MOST_BYTES.
    """
    with shared_demo(folder / "demo", "--without-pilots", *RUSH_HOUR) as launcher:
        async with client_of(launcher) as demo, open_browser() as browser:
            stop_id = await station(demo)
            await until_live(demo, stop_id)
            page = await browser.new_page(viewport=SIZE, locale="fr-FR")
            await page.goto(f"{demo.address}/arrets/{stop_id}")
            picture = await _take(page)
    if len(picture) > MOST_BYTES:
        sys.exit(f"{PICTURE.name}: {len(picture)} bytes, at most {MOST_BYTES}")
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_bytes(picture)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="regionlab-pictures-") as folder:
        try:
            asyncio.run(make_picture(Path(folder)))
        except pytest.skip.Exception as absent:
            sys.exit(str(absent))
