"""A real browser, where the machine has one: Debian's Chromium, and no download.

`chromium-headless-shell` is the same engine without a window: a start and a page take 0.3 s of
processor instead of 0.9 s. It displays no notifications.
"""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import pytest
import pytest_asyncio

from socle.testing.campaigns import one_size

_SHELL: Final = "chromium-headless-shell"
_CHROMIUM: Final = "chromium"
_TIMEOUT_MS: Final = 60_000  # only an upper bound, for a busy machine

every_viewport: Final = pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (320, "light"),
        (1280, "dark"),
        pytest.param(320, "dark", marks=[pytest.mark.deep_only, one_size]),
        pytest.param(1280, "light", marks=[pytest.mark.deep_only, one_size]),
    ],
)
"""A test at both widths and in both modes; each width in each mode in `make test-deep` at half of
its size or more. A width of 320 pixels is also that of a screen of 1280 enlarged four times (WCAG
1.4.10)."""


@asynccontextmanager
async def open_browser(*, notifies: bool = False) -> AsyncIterator[Any]:
    """Playwright's `Browser`, closed at the end: the headless shell, Chromium where there is none.
    Skips the test without Chromium.

    `notifies`: Chromium, since the shell has no notifications.
    """
    playwright = pytest.importorskip("playwright.async_api", reason="needs playwright")
    program = (None if notifies else shutil.which(_SHELL)) or shutil.which(_CHROMIUM)
    if program is None:
        pytest.skip("needs chromium (Debian's package)")
    playwright.expect.set_options(timeout=_TIMEOUT_MS)
    async with playwright.async_playwright() as driver:
        # A sandbox needs rights that a container may not have; the pages are our own.
        running = await driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield running
        await running.close()


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Any]:
    """A headless browser, for one test."""
    async with open_browser() as running:
        yield running


@pytest_asyncio.fixture
async def notifying_browser() -> AsyncIterator[Any]:
    """A browser with notifications, for one test."""
    async with open_browser(notifies=True) as running:
        yield running
