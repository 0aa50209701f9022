"""PostgreSQL: a pool with time limits, migrations in plain SQL, readiness (decision 0005).

    async with open_pool(url, application_name="mobilite") as pool:
        with reachable():                                  # an unreachable server raises `Retry`
            async with transaction(pool) as connection:
                await connection.execute("INSERT …")

SQL stays visible in a service's `adapters/`; there is no mapper.
"""

from socle.postgres.migrations import migrate, run_in_migration, run_sql
from socle.postgres.pool import Connection, Pool, open_pool, reachable, transaction
from socle.postgres.readiness import watch_postgres

__all__ = [
    "Connection",
    "Pool",
    "migrate",
    "open_pool",
    "reachable",
    "run_in_migration",
    "run_sql",
    "transaction",
    "watch_postgres",
]
