"""A server with its background work, on a clock that stands still."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest_asyncio
from bulk_client import BulkWorld
from fhir_world import BASE, open_world

from esante.settings import EsanteSettings
from esante.wiring.exports import open_export_worker
from esante.wiring.roles import NAME
from socle.clock import ManualClock
from socle.testing import ServeApp

OpenBulk = Callable[..., Awaitable[BulkWorld]]


@pytest_asyncio.fixture
async def open_bulk(
    postgres_url: str, serve_app: ServeApp, tmp_path: Path, manual_clock: ManualClock
) -> AsyncIterator[OpenBulk]:
    """Start a server. Its arguments: settings of the service, other than the defaults."""
    async with AsyncExitStack() as stack:

        async def start(**settings: Any) -> BulkWorld:
            fhir = await open_world(
                postgres_url, serve_app, tmp_path, stack, clock=manual_clock, **settings
            )
            worker = await open_export_worker(
                EsanteSettings(postgres=postgres_url, base=BASE, **settings),
                manual_clock,
                stack,
                name=NAME,
                settling=timedelta(),
            )
            return BulkWorld(fhir, worker, manual_clock)

        yield start


@pytest_asyncio.fixture
async def bulk(open_bulk: OpenBulk) -> BulkWorld:
    """A server with the default settings."""
    return await open_bulk()
