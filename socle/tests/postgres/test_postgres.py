"""The pool's limits and the migrations, on a real PostgreSQL."""

import asyncio
import socket
import sys
from contextlib import suppress

import asyncpg
import pytest

from socle.errors import Retry
from socle.postgres import migrate, open_pool, reachable, transaction

MIGRATION = '''
from socle.postgres import run_sql

revision = "{revision}"
down_revision = {down_revision!r}


def upgrade() -> None:
    run_sql("""{sql}""")
'''


@pytest.fixture
def package(tmp_path, monkeypatch):
    """`package("0001", None, "SQL")` adds a version to an importable package; returns its name."""
    name = f"sample_{tmp_path.name.replace('-', '_')}"
    versions = tmp_path / name / "migrations" / "versions"
    versions.mkdir(parents=True)
    (tmp_path / name / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)

    def add(revision, down_revision, sql):
        text = MIGRATION.format(revision=revision, down_revision=down_revision, sql=sql)
        (versions / f"{revision}_version.py").write_text(text)
        return name

    yield add
    sys.modules.pop(name, None)


async def fetch(url, query):
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetch(query)
    finally:
        await connection.close()


async def test_replicas_that_start_together_migrate_once(postgres_url, package):
    name = package(
        "0001", None, "CREATE TABLE stop (id text); CREATE TABLE line (id text);"
        " INSERT INTO stop VALUES ('a:b % c');",
    )  # fmt: skip
    await asyncio.gather(*(migrate(postgres_url, name) for _ in range(4)))
    assert [tuple(row) for row in await fetch(postgres_url, "SELECT id FROM stop")] == [
        ("a:b % c",)
    ]

    package("0002", "0001", "INSERT INTO line VALUES ('A')")
    await asyncio.gather(*(migrate(postgres_url, name) for _ in range(4)))
    await migrate(postgres_url, name)
    assert len(await fetch(postgres_url, "SELECT * FROM line")) == 1
    (version,) = await fetch(postgres_url, f"SELECT version_num FROM {name}_version")
    assert version["version_num"] == "0002"


async def test_a_database_at_the_last_version_is_found_so_without_alembic(
    postgres_url, package, monkeypatch
):
    name = package("0001", None, "CREATE TABLE stop (id text)")
    await migrate(postgres_url, name)
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    await migrate(postgres_url, name)
    package("0002", "0001", "CREATE TABLE line (id text)")
    with pytest.raises(ImportError):
        await migrate(postgres_url, name)


async def test_a_failing_migration_leaves_nothing(postgres_url, package):
    name = package("0001", None, "CREATE TABLE kept (id int)")
    package("0002", "0001", "CREATE TABLE gone (id int); SELECT 1/0")
    with pytest.raises(Exception, match="division by zero"):
        await migrate(postgres_url, name)
    tables = await fetch(
        postgres_url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    )
    assert tables == []


async def test_json_is_read_and_written_as_values(postgres_url):
    async with open_pool(postgres_url, application_name="test") as pool:
        value = {"nom": "Gare d'Orléans", "n": [1, 2.5, None]}
        assert await pool.fetchval("SELECT $1::jsonb", value) == value
        assert await pool.fetchval("SELECT $1::json", value) == value
        assert await pool.fetchval("SHOW application_name") == "test"


async def test_a_statement_has_an_end(postgres_url):
    async with open_pool(postgres_url, application_name="test", statement_timeout=0.1) as pool:
        with pytest.raises(asyncpg.QueryCanceledError):
            await pool.execute("SELECT pg_sleep(30)")


async def test_a_transaction_is_atomic(postgres_url):
    async with open_pool(postgres_url, application_name="test") as pool:
        await pool.execute("CREATE TABLE t (n int)")
        async with transaction(pool) as connection:
            await connection.execute("INSERT INTO t VALUES (1)")
        with suppress(ZeroDivisionError):
            async with transaction(pool) as connection:
                await connection.execute("INSERT INTO t VALUES (2)")
                raise ZeroDivisionError
        assert await pool.fetchval("SELECT array_agg(n) FROM t") == [1]


async def test_an_url_that_is_none_is_no_retry():
    with pytest.raises(ValueError):
        async with open_pool("mysql://someone@nowhere/x", application_name="test"):
            pass


async def test_a_session_ended_by_the_server_is_a_retry(postgres_url):
    async with open_pool(postgres_url, application_name="test", max_size=1) as pool:
        with pytest.raises(Retry), reachable():
            async with transaction(pool) as connection:
                await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")


async def test_no_server_is_a_retry(package):
    name = package("0001", None, "SELECT 1")
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        unused_url = f"postgresql://someone:secret@127.0.0.1:{unused.getsockname()[1]}/x"
        with pytest.raises(Retry) as away:
            async with open_pool(unused_url, application_name="test"):
                pass
        assert "secret" not in str(away.value)
        with pytest.raises(Retry):
            await migrate(unused_url, name)
