"""Import the members by their real name before pytest names the tests after their folders.

In importlib mode `embedded/tests/test_x.py` becomes `embedded.tests.test_x`, and pytest would make
an empty `embedded` of the folder unless the package has been imported first.

It also distributes tests to workers: those that start programs come first, so that the workers end
together. One worker runs a file, or a folder whose tests share a program or parsed files (a
package).
"""

import contextlib
import gc
import importlib
import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from xdist.scheduler import LoadScopeScheduling

for _member in ("socle", "embedded", "demo", "regionlab"):
    with contextlib.suppress(ModuleNotFoundError):
        importlib.import_module(_member)


# The same examples every time by default, so that a result depends only on the change.
# No example has a deadline: the machine can be busy.
hypothesis.settings.register_profile(
    "regionlab", deadline=None, derandomize="REGIONLAB_TEST_RANDOM" not in os.environ
)
hypothesis.settings.load_profile("regionlab")


class _FileOrPackageScheduling(LoadScopeScheduling):
    """A worker gets a file at a time, or a package."""

    def _split_scope(self, nodeid: str) -> str:
        file = self.config.rootpath / nodeid.partition("::")[0]
        is_package = (file.parent / "__init__.py").exists()
        return (file.parent if is_package else file).as_posix()


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    # Files of many tests are not the long ones: their order is the one below.
    config.option.loadscopereorder = False
    return _FileOrPackageScheduling(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, Any, Any]:
    """Keep what is collected out of the garbage collector's sight: it looks for garbage in
    thousands of tests and modules, which all last until the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that start programs come first, demos before all; those in a browser are with them."""

    def order(item: pytest.Item) -> tuple[bool, bool]:
        fixtures = getattr(item, "fixturenames", ())
        is_in_browser = "browser" in fixtures or "notifying_browser" in fixtures
        starts_programs = is_in_browser or item.get_closest_marker("e2e") is not None
        return not starts_programs, not item.nodeid.startswith("tests/")

    items.sort(key=order)


@pytest.fixture(scope="session")
def real_feeds() -> Path:
    """The folder of feeds published by others, never part of this repository."""
    default = Path(__file__).parent.parent / "shared" / "data"
    folder = Path(os.environ.get("REGIONLAB_DATA", default))
    if not (folder / "raba.zip").exists():
        pytest.skip(f"needs the real feeds, absent from {folder} (REGIONLAB_DATA names another)")
    return folder
