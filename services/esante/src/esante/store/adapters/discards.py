"""What is removed or merged at intervals, by one process at a time."""

from typing import Any, Final

from socle.postgres import Pool, reachable, transaction

_TRY_LOCK: Final = "SELECT pg_try_advisory_xact_lock(hashtextextended('esante.discard', 0))"


async def execute_alone(pool: Pool, sql: str, *arguments: Any) -> None:
    """Execute a statement that any process can execute as well; not if one does so now.

    A statement locks the rows that it removes in the order in which it finds them: two at once
    could wait for each other. Raises Retry without the database.
    """
    with reachable():
        async with transaction(pool) as connection:
            if await connection.fetchval(_TRY_LOCK):
                await connection.execute(sql, *arguments)
