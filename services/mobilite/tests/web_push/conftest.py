"""Replicas that notify browsers of journeys in the valley, with compiled kernels."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from kernels import compile_once
from replicas import Replicas, running_replica

from mobilite.journeys.domain.warm_up import warm_up
from socle.testing import ServeApp


@pytest.fixture(scope="session")
def compiled_search() -> None:
    """The kernels of the search are compiled."""
    compile_once(warm_up)


@pytest_asyncio.fixture
async def replicas(
    postgres_url: str, serve_app: ServeApp, compiled_search: None
) -> AsyncIterator[Replicas]:
    """One replica runs, and its API is served."""
    async with running_replica(postgres_url, serve_app) as replicas:
        yield replicas
