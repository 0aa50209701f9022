"""SciPy, for the tests that compare with it."""

from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def stats() -> ModuleType:
    """`scipy.stats`. Imported here, not by the files: it takes seconds, and every worker imports
    every file."""
    from scipy import stats

    return stats
