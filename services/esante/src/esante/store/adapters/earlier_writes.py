"""Waits for the transactions of writers that are open now.

A transaction that began earlier can still commit a version with an earlier instant. So can one that
begins a moment later: its version has its instant before, and an unknown statement is prepared in a
transaction of its own.
"""

import asyncio
from typing import Final

from socle.postgres import Connection

_EARLIER_WRITES: Final = """
SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
    AND application_name = $1 AND xact_start <= $2)"""
_BETWEEN: Final = 0.05
"""Seconds between two looks at the transactions; also for which one may be about to begin."""


async def await_earlier_writes(connection: Connection, writers: str) -> None:
    """Wait for their end, and for that of those which begin in the next 50 ms. `writers`: the
    application name of the sessions that write resources."""
    for pause in (_BETWEEN, 0.0):
        instant = await connection.fetchval("SELECT clock_timestamp()")
        # The end of a transaction is notified to no one.
        while await connection.fetchval(_EARLIER_WRITES, writers, instant):  # noqa: ASYNC110
            await asyncio.sleep(_BETWEEN)
        await asyncio.sleep(pause)
