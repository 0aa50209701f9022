"""Import the members by their real name before pytest names the tests after their folders.

In importlib mode `embedded/tests/test_x.py` becomes `embedded.tests.test_x`, and pytest would make
an empty `embedded` of the folder unless the package has been imported first.
"""

import contextlib
import importlib
import os
from pathlib import Path

import pytest

for _member in ("socle", "embedded", "demo", "regionlab"):
    with contextlib.suppress(ModuleNotFoundError):
        importlib.import_module(_member)


@pytest.fixture(scope="session")
def real_feeds() -> Path:
    """The folder of feeds published by others, never part of this repository."""
    default = Path(__file__).parent.parent / "shared" / "data"
    folder = Path(os.environ.get("REGIONLAB_DATA", default))
    if not (folder / "raba.zip").exists():
        pytest.skip(f"needs the real feeds, absent from {folder} (REGIONLAB_DATA names another)")
    return folder
