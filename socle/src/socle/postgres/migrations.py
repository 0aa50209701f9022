"""Migrations with Alembic: a service has only numbered files of plain SQL.

    # esante/migrations/versions/0001_resources.py
    from socle.postgres import run_sql
    revision, down_revision = "0001", None

    def upgrade() -> None:
        run_sql("CREATE TABLE resource_version (…);")

Replicas that start together wait for one another; the upgrade is one transaction. A version is
named by the first four digits of its file.
"""

# Alembic and SQLAlchemy take more than a second to import, and most processes never migrate: they
# are imported where they are used.

import importlib.resources
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg

from socle.postgres.pool import CONNECT_SECONDS, Connection, reachable

if TYPE_CHECKING:
    import sqlalchemy


async def migrate(url: str, package: str) -> None:
    """Bring the database to the last version in `<package>/migrations/versions`.

    Each package counts its versions in a table of its own, `<package>_version`. Raises `Retry`
    when the server is unreachable; after any other error the database is unchanged.
    """
    if await _is_migrated(url, package):
        return
    from sqlalchemy import NullPool, text
    from sqlalchemy.ext.asyncio import create_async_engine

    versions = importlib.resources.files(package) / "migrations" / "versions"
    with importlib.resources.as_file(versions) as folder:
        # asyncpg parses the URL itself: SQLAlchemy does not support every libpq URL.
        engine = create_async_engine(
            "postgresql+asyncpg://",
            async_creator=lambda: asyncpg.connect(url, timeout=CONNECT_SECONDS),
            poolclass=NullPool,
        )
        try:
            with reachable():
                connection = await engine.connect()
            try:
                async with connection.begin():
                    await connection.execute(
                        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"),
                        {"name": f"migrate {package}"},
                    )
                    await connection.run_sync(_upgrade, folder, package)
            finally:
                await connection.close()
        finally:
            await engine.dispose()


async def _is_migrated(url: str, package: str) -> bool:
    """Whether the database is already at the last version, the usual case at start."""
    versions = importlib.resources.files(package) / "migrations" / "versions"
    numbers = (each.name[:4] for each in versions.iterdir() if each.name[:4].isdigit())
    with reachable():
        connection = await asyncpg.connect(url, timeout=CONNECT_SECONDS)
    try:
        found = await connection.fetchval(f'SELECT version_num FROM "{package}_version"')  # noqa: S608
    except asyncpg.UndefinedTableError:
        return False
    finally:
        await connection.close()
    return bool(found == max(numbers, default=None))


def run_sql(sql: str) -> None:
    """Run SQL, any number of statements, inside a migration."""
    # The driver's own `execute` takes several statements; SQLAlchemy would prepare one.
    run_in_migration(lambda connection: connection.execute(sql))


def run_in_migration(work: Callable[[Connection], Awaitable[Any]]) -> None:
    """Run code on the driver's connection inside a migration, for what SQL cannot do."""
    from alembic import op

    adapted = op.get_bind().connection.dbapi_connection
    assert adapted is not None
    adapted.run_async(work)


def _upgrade(connection: "sqlalchemy.Connection", folder: Path, package: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "socle.postgres:alembic")
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(folder).replace("%", "%%"))
    config.attributes["connection"] = connection
    config.attributes["version_table"] = f"{package}_version"
    command.upgrade(config, "head")
