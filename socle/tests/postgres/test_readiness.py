"""What `/readyz` says of PostgreSQL: a server that hangs, one that is away, a closed connection."""

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import asyncpg
import pytest

from socle.postgres import watch_postgres
from socle.postgres.readiness import PostgresProbe
from socle.testing import StartServer, free_port, until

SESSIONS = "SELECT pid FROM pg_stat_activity WHERE application_name = 'watch'"


@asynccontextmanager
async def probed(url: str, **limits: float) -> AsyncIterator[PostgresProbe]:
    probe = PostgresProbe(url, application_name="watch", **limits)
    probing = asyncio.create_task(probe.run())
    try:
        yield probe
    finally:
        probing.cancel()
        with suppress(asyncio.CancelledError):
            await probing


@contextmanager
def stopped(postmaster: int) -> Iterator[None]:
    """The server's processes, as a machine without processor time leaves them: connections are
    accepted by the kernel, and nobody answers."""
    processes = [postmaster]
    os.kill(postmaster, signal.SIGSTOP)
    # From now on it starts no other.
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text()
    processes += [int(pid) for pid in children.split()]
    try:
        for pid in processes[1:]:
            os.kill(pid, signal.SIGSTOP)
        yield
    finally:
        for pid in processes:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


async def test_a_server_that_hangs_is_not_ready_until_it_answers(start_server: StartServer) -> None:
    url = start_server("postgres").address
    observer = await asyncpg.connect(url)
    folder = Path(await observer.fetchval("SHOW data_directory"))
    postmaster = int((folder / "postmaster.pid").read_text().split()[0])

    async def sessions() -> int:
        return len(await observer.fetch(SESSIONS))

    async def connected() -> bool:
        return await sessions() == 1

    async with probed(url) as probe:
        await until(connected)
        with stopped(postmaster):
            await until(lambda: probe.why_not() is not None)
            assert probe.why_not() == "PostgreSQL ne répond pas : TimeoutError"
        await until(lambda: probe.why_not() is None)
        # The connections that nobody answered are gone.
        await until(connected)
    await observer.close()


async def test_a_connection_that_the_server_closed_is_no_failure(
    postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "socle.postgres")
    observer = await asyncpg.connect(postgres_url)

    async def session() -> int | None:
        found: int | None = await observer.fetchval(SESSIONS)
        return found

    async with probed(postgres_url, time_limit=60) as probe:
        await until(session)
        closed = await session()
        await observer.execute("SELECT pg_terminate_backend($1)", closed)

        async def another() -> bool:
            return await session() not in (closed, None)

        await until(another)
        assert probe.why_not() is None
    await observer.close()
    assert not caplog.records


async def test_a_server_that_is_away_is_not_ready() -> None:
    async with probed(f"postgresql://x@127.0.0.1:{free_port()}/x") as probe:
        await until(lambda: probe.why_not() is not None)
        assert probe.why_not() == "PostgreSQL ne répond pas : ConnectionRefusedError"


def test_a_role_that_answers_without_the_database_notes_it() -> None:
    role = watch_postgres("postgresql://x@localhost/x", application_name="x", optional=True)
    assert (set(role.notes), set(role.checks)) == ({"postgres"}, set())
