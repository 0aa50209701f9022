"""A FHIR server with a client: the support of the server's own tests."""

import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio

from socle.testing import ServeApp

sys.path.insert(0, str(Path(__file__).parents[2] / "services/esante/tests/support"))

from fhir_world import FhirWorld, open_world


@pytest_asyncio.fixture
async def fhir(postgres_url: str, serve_app: ServeApp, tmp_path: Path) -> AsyncIterator[FhirWorld]:
    """A FHIR server on a fresh database, with a client."""
    async with AsyncExitStack() as stack:
        yield await open_world(postgres_url, serve_app, tmp_path, stack)


@pytest.fixture(scope="session")
def migrated_package() -> str:
    """Databases of these tests have been through the service's migrations."""
    return "esante"
