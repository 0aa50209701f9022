"""Lets the tests of this service import what they share (`from cities import …`)."""

import sys
from pathlib import Path

import pytest

from mobilite.journeys.adapters.kernel_cache import cache_kernels

# Slow and obvious answers on random cities; the rest.
for folder in (
    "references",
    "support",
    "support/indicators",
    "support/passages",
    "support/web_push",
):
    sys.path.insert(0, str(Path(__file__).parent / folder))
cache_kernels(Path(__file__).parents[3] / ".cache" / "numba")


@pytest.fixture(scope="session")
def migrated_package() -> str:
    """Databases of these tests have been through the service's migrations."""
    return "mobilite"
