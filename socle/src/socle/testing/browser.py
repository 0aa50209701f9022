"""A real browser, where the machine has one: Debian's `chromium`, and no download."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import pytest
import pytest_asyncio

_TIMEOUT_MS: Final = 20_000  # only an upper bound, for a busy machine

every_viewport: Final = pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (320, "light"),
        (1280, "dark"),
        pytest.param(320, "dark", marks=pytest.mark.deep_only),
        pytest.param(1280, "light", marks=pytest.mark.deep_only),
    ],
)
"""A test at both widths in light and dark mode; the last two only in `make test-deep`. A width of
320 pixels is also that of a screen of 1280 enlarged four times (WCAG 1.4.10)."""


@asynccontextmanager
async def open_browser() -> AsyncIterator[Any]:
    """Playwright's `Browser`, closed at the end. Skips the test without Chromium."""
    playwright = pytest.importorskip("playwright.async_api", reason="needs playwright")
    program = shutil.which("chromium")
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
    """Chromium, for one test."""
    async with open_browser() as running:
        yield running
