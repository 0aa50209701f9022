"""A real browser, where the machine has one: Debian's `chromium`, and no download."""

import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

playwright_api = pytest.importorskip("playwright.async_api", reason="needs playwright")


@pytest_asyncio.fixture
async def browser() -> AsyncIterator["playwright_api.Browser"]:
    """Chromium, for one test."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("needs chromium (Debian's package)")
    async with playwright_api.async_playwright() as driver:
        # A sandbox needs rights that a container may not have; the pages are our own.
        running = await driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield running
        await running.close()
