"""The service as a program of its own."""

import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest_asyncio
from fhir_world import FhirWorld
from service_program import Program, settings

from socle.testing import free_port, until


@pytest_asyncio.fixture
async def served(postgres_url: str, tmp_path: Path) -> AsyncIterator[tuple[FhirWorld, Program]]:
    """The service as a program, and a client of it."""
    port = free_port()
    # Nothing listens there: events wait in the outbox.
    program = Program(settings(port, postgres_url, "127.0.0.1:9", tmp_path), port)
    async with AsyncExitStack() as stack:
        program.start()
        stack.callback(lambda: program.end(signal.SIGKILL))
        client = await stack.enter_async_context(aiohttp.ClientSession())
        await until(lambda: program.ready(client))
        yield FhirWorld(program.address, None, client), program  # type: ignore[arg-type]
