"""The demo that the tests of this folder share."""

from collections.abc import Iterator

import pytest
from running_demo import RUSH_HOUR, Launcher, shared_demo


@pytest.fixture(scope="package")
def launcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launcher]:
    data = tmp_path_factory.mktemp("rush-hour") / "demo"
    with shared_demo(data, "--without-pilots", *RUSH_HOUR) as launcher:
        yield launcher
