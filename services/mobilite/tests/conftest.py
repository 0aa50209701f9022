"""Lets the tests of this service import what they share (`from cities import …`)."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "support"))


@pytest.fixture(scope="session")
def migrated_package() -> str:
    """Databases of these tests have been through the service's migrations."""
    return "mobilite"
