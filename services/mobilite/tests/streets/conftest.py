"""Streets, with compiled kernels."""

import pytest
from kernels import compile_once

from mobilite.streets.domain.warm_up import warm_up


@pytest.fixture(scope="session", autouse=True)
def compiled_streets() -> None:
    """The kernels of the streets are compiled."""
    compile_once(warm_up)
