"""Sessions that are released without a reset, on a real PostgreSQL."""

import asyncio
from unittest.mock import AsyncMock

import asyncpg
import pytest

from socle.postgres import open_pool, transaction
from socle.testing import until

_SLEEPS = """
SELECT EXISTS (SELECT FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)' AND state = 'active'
    AND datname = current_database())"""


@pytest.fixture
async def pool(postgres_url):
    """With a single connection: one that is not given back blocks the next statement."""
    async with open_pool(
        postgres_url, application_name="test", max_size=1, skip_session_reset=True
    ) as pool:
        yield pool


async def test_a_released_connection_is_used_again_and_by_its_new_holder_alone(pool):
    async with pool.acquire() as first:
        session = await first.fetchval("SELECT pg_backend_pid()")
    assert await pool.fetchval("SELECT pg_backend_pid()") == session
    with pytest.raises(asyncpg.InterfaceError):
        await first.fetchval("SELECT 1")


async def test_a_transaction_that_was_left_open_is_rolled_back(pool):
    await pool.execute("CREATE TABLE stop (id text)")
    async with pool.acquire() as connection:
        await connection.transaction().start()
        await connection.execute("INSERT INTO stop VALUES ('a')")
    async with pool.acquire() as connection:
        assert not connection.is_in_transaction()
        assert await connection.fetchval("SELECT count(*) FROM stop") == 0


async def test_a_transaction_that_could_not_start_does_not_reach_the_next_holder(pool, monkeypatch):
    async with pool.acquire() as connection:
        with monkeypatch.context() as patch:
            patch.setattr(type(connection._con), "execute", AsyncMock(side_effect=TimeoutError))
            with pytest.raises(TimeoutError):
                await connection.transaction().start()
    async with transaction(pool) as connection:
        assert await connection.fetchval("SELECT 1") == 1


async def test_a_statement_that_is_cancelled_gives_its_connection_back(pool, postgres_url):
    watcher = await asyncpg.connect(postgres_url)
    for steps in range(4):
        waiting = asyncio.create_task(pool.fetchval("SELECT pg_sleep(60)"))
        await until(lambda: watcher.fetchval(_SLEEPS))
        waiting.cancel()
        # Cancelled again while the release waits for the end of the statement.
        for _ in range(steps):
            await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert await pool.fetchval("SELECT 1") == 1
    await watcher.close()


async def test_a_connection_that_the_server_has_ended_is_replaced(pool):
    async with pool.acquire() as connection:
        with pytest.raises(asyncpg.PostgresError):
            await connection.fetchval("SELECT pg_terminate_backend(pg_backend_pid())")
    assert await pool.fetchval("SELECT 1") == 1
