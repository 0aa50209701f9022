"""Databases of the services, on a real PostgreSQL."""

import asyncpg
import pytest

from regionlab.errors import Unreachable, UserError
from regionlab.launch.databases import create_databases, database_url


async def test_creates_what_is_missing_and_leaves_the_rest(postgres_url: str) -> None:
    await create_databases(postgres_url, ["alpha"])
    one = await asyncpg.connect(database_url(postgres_url, "alpha"))
    await one.execute("CREATE TABLE kept (n int)")
    await one.close()
    await create_databases(postgres_url, ["alpha", "beta"])
    one = await asyncpg.connect(database_url(postgres_url, "alpha"))
    assert await one.fetchval("SELECT count(*) FROM kept") == 0
    await one.close()
    await (await asyncpg.connect(database_url(postgres_url, "beta"))).close()


async def test_an_account_without_the_right_gets_advice(postgres_url: str) -> None:
    owner = await asyncpg.connect(postgres_url)
    await owner.execute("DROP ROLE IF EXISTS guest; CREATE ROLE guest LOGIN PASSWORD 'secret'")
    await owner.close()
    address = postgres_url.rpartition("@")[2]
    with pytest.raises(UserError, match="CREATEDB") as refusal:
        await create_databases(f"postgresql://guest:secret@{address}", ["gamma"])
    assert "regionlab_gamma" in str(refusal.value)


async def test_an_absent_server_is_reported_without_the_password() -> None:
    with pytest.raises(Unreachable) as refusal:
        await create_databases("postgresql://u:s3cret@127.0.0.1:1/x", ["alpha"])
    assert "s3cret" not in str(refusal.value)
