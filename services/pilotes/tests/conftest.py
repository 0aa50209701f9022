"""Fixtures of the pilots' tests. The helpers of several tests are in `support/`."""

import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio

from socle.clock import ManualClock
from socle.testing import ServeApp

sys.path.insert(0, str(Path(__file__).parent / "support"))

from pilot_lab import Lab, open_lab


@pytest_asyncio.fixture
async def pilots(
    postgres_url: str, serve_app: ServeApp, tmp_path: Path, manual_clock: ManualClock
) -> AsyncIterator[Lab]:
    """The record on a fresh database, with its callers, under a clock that is moved by hand."""
    async with AsyncExitStack() as stack:
        yield await open_lab(postgres_url, serve_app, tmp_path, stack, manual_clock)


@pytest.fixture(scope="session")
def migrated_package() -> str:
    """Databases of these tests have been through the service's migrations."""
    return "pilotes"
