"""Limits shared by several replicas through one real PostgreSQL."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest_asyncio

from gateway.quotas.adapters.bucket_store import PostgresBuckets
from gateway.quotas.domain.plans import Allowance
from gateway.quotas.domain.token_bucket import BucketExchange
from gateway.quotas.flows.shared_limits import SharedLimits
from gateway.quotas.ports import BucketQuery
from socle.clock import SystemClock
from socle.postgres import Pool, migrate, open_pool
from socle.testing import StartServer, until

STATEMENT_SECONDS = 10.0  # on a busy machine too, PostgreSQL answers within it


@pytest_asyncio.fixture
async def pool(postgres_url: str) -> AsyncIterator[Pool]:
    async with open_pool(postgres_url, application_name="test") as opened:
        yield opened


def replica(pool: Pool) -> SharedLimits:
    return SharedLimits(
        PostgresBuckets(pool),
        clock=SystemClock(),
        on_local_limits=lambda _: None,
        timeout=STATEMENT_SECONDS,
    )


async def admitted(limits: SharedLimits, account: str, allowance: Allowance, count: int) -> int:
    admissions = [await limits.take(account, "board", allowance) for _ in range(count)]
    return sum(admission.against is None for admission in admissions)


async def test_replicas_share_a_burst_and_what_is_earned_since(pool: Pool) -> None:
    allowance, replicas = Allowance(rate=50, burst=100), [replica(pool) for _ in range(4)]
    started = time.monotonic()
    passed, latest = 0, started
    for _ in range(40):
        latest = time.monotonic()
        counts = await asyncio.gather(*(admitted(r, "a", allowance, 25) for r in replicas))
        passed += sum(counts)
        await asyncio.sleep(0.05)
    # At the beginning of the last round so much could be taken, and at its end no more than this.
    least, most = (
        allowance.burst + allowance.rate * (at - started) for at in (latest, time.monotonic())
    )
    assert least * 0.9 <= passed <= most * 1.05


async def test_a_day_s_quota_is_one_for_all_replicas(pool: Pool) -> None:
    allowance, replicas = Allowance(1000, 1000, daily=200), [replica(pool) for _ in range(4)]
    counts = await asyncio.gather(*(admitted(each, "a", allowance, 100) for each in replicas))
    assert 180 <= sum(counts) <= 210
    # What another replica leased and returned can be left.
    left = await admitted(replicas[0], "a", allowance, 100)
    assert sum(counts) + left <= 210
    admission = await replicas[0].take("a", "board", allowance)
    assert (admission.against, admission.limit, admission.remaining) == ("daily", 200, 0)
    assert 0 < admission.wait <= 86_400
    # A new replica reads it from the shared bucket.
    assert await admitted(replica(pool), "a", allowance, 30) <= 2


async def test_accounts_and_classes_are_counted_apart(pool: Pool) -> None:
    limits, allowance = replica(pool), Allowance(0.01, 10)
    assert await admitted(limits, "a", allowance, 20) == 10
    assert await admitted(limits, "b", allowance, 20) == 10
    assert (await limits.take("a", "search", allowance)).against is None


async def test_an_unused_lease_is_returned(pool: Pool) -> None:
    allowance, first, second = Allowance(0.001, 5), replica(pool), replica(pool)
    running = asyncio.create_task(first.run())
    assert await admitted(first, "a", allowance, 1) == 1
    buckets = PostgresBuckets(pool)
    await buckets.take([BucketQuery("a", "board", allowance, BucketExchange(0, 0, 4))])
    assert await admitted(second, "a", allowance, 1) == 0
    await buckets.take([BucketQuery("a", "board", allowance, BucketExchange(0, 4, 0))])
    assert await admitted(replica(pool), "a", allowance, 9) == 4
    running.cancel()


async def test_small_callers_write_nothing_and_a_stop_reports_all(pool: Pool) -> None:
    limits, allowance = replica(pool), Allowance(5, 100, 1000)
    for number in range(300):
        assert await admitted(limits, f"ip:10.0.0.{number}", allowance, 4) == 4
    assert await pool.fetchval("SELECT count(*) FROM plan_bucket") == 0
    await limits.close()
    assert await pool.fetchval("SELECT sum(used) FROM plan_bucket") == 1200


async def test_memory_is_bounded(pool: Pool) -> None:
    limits = SharedLimits(
        PostgresBuckets(pool),
        clock=SystemClock(),
        on_local_limits=lambda _: None,
        timeout=STATEMENT_SECONDS,
        max_buckets=50,
    )
    for number in range(200):
        await limits.take(f"ip:{number}", "board", Allowance(5, 100))
    assert len(limits._entries) == 50


async def test_without_postgresql_each_replica_applies_the_limit_alone(
    start_server: StartServer,
) -> None:
    server = start_server("postgres")
    await migrate(server.address, "gateway")
    changes: list[bool] = []
    async with AsyncExitStack() as stack:
        opened = open_pool(server.address, application_name="test")
        pool = await stack.enter_async_context(opened)
        limits = SharedLimits(
            PostgresBuckets(pool),
            clock=SystemClock(),
            on_local_limits=changes.append,
            timeout=STATEMENT_SECONDS,
        )
        running = asyncio.create_task(limits.run())
        allowance = Allowance(0.001, 40, 1000)
        assert await admitted(limits, "a", allowance, 10) == 10
        server.stop()
        # Never an error, never more than the plan.
        assert await admitted(limits, "a", allowance, 100) == 30
        assert changes == [True]
        server.start()
        await until(lambda: changes == [True, False])
        running.cancel()
