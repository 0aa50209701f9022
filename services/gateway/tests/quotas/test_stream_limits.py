"""The open streams of an account, shared by several replicas through one real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime

import pytest_asyncio

from gateway.quotas.adapters.stream_store import PostgresStreams
from gateway.quotas.flows.stream_limits import StreamLimits
from socle.clock import ManualClock
from socle.postgres import Pool, open_pool
from socle.testing import until


@pytest_asyncio.fixture
async def pool(postgres_url: str) -> AsyncIterator[Pool]:
    async with open_pool(postgres_url, application_name="test") as opened:
        yield opened


class FrozenClock(ManualClock):
    """The time between two reports of all accounts never passes: only changes are reported."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0.01)


class DelayedStreams(PostgresStreams):
    """Each write waits for its event."""

    def __init__(self, pool: Pool) -> None:
        super().__init__(pool, "one")
        self.openings: list[asyncio.Event] = []
        """Of the next openings, in order; an opening without an event does not wait."""
        self.reports = asyncio.Event()
        self.reports.set()

    async def open(self, account: str, here: int, *, max_streams: int) -> bool:
        if self.openings:
            await self.openings.pop(0).wait()
        return await super().open(account, here, max_streams=max_streams)

    async def report(self, here: Mapping[str, int]) -> None:
        await self.reports.wait()
        await super().report(here)


async def recorded(pool: Pool) -> int:
    return int(await pool.fetchval("SELECT sum(open) FROM open_stream WHERE account = 'a'"))


async def all_counted(pool: Pool, limits: StreamLimits, clock: ManualClock) -> None:
    """The changes are reported, until another replica sees two streams."""
    running = asyncio.create_task(limits.run())

    async def both() -> bool:
        return await recorded(pool) == 2

    await until(both)
    running.cancel()
    other = StreamLimits(PostgresStreams(pool, "two"), clock=clock)
    assert not await other.open("a", max_streams=2)


async def test_a_report_that_comes_after_an_opening_is_corrected(pool: Pool) -> None:
    shared, clock = DelayedStreams(pool), FrozenClock(datetime.now(UTC))
    limits = StreamLimits(shared, clock=clock)
    assert await limits.open("a", max_streams=2)
    shared.reports.clear()
    reporting = asyncio.create_task(limits.report({"a"}))
    await asyncio.sleep(0)
    assert await limits.open("a", max_streams=2)
    shared.reports.set()
    await reporting
    assert await recorded(pool) == 1
    await all_counted(pool, limits, clock)


async def test_openings_recorded_in_another_order_are_corrected(pool: Pool) -> None:
    shared, clock = DelayedStreams(pool), FrozenClock(datetime.now(UTC))
    limits, first = StreamLimits(shared, clock=clock), asyncio.Event()
    shared.openings = [first]
    opening = asyncio.create_task(limits.open("a", max_streams=2))
    await asyncio.sleep(0)
    assert await limits.open("a", max_streams=2)
    first.set()
    assert await opening
    assert await recorded(pool) == 1
    await all_counted(pool, limits, clock)
