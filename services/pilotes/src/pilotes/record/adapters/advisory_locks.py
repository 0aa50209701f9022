"""Advisory locks that a transaction holds until it ends.

https://www.postgresql.org/docs/16/explicit-locking.html#ADVISORY-LOCKS
"""

from typing import Final

from socle.postgres import Connection

_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"


async def lock_exclusively(connection: Connection, what: str) -> None:
    """Wait for the lock of that name, and hold it until this transaction ends."""
    await connection.execute(_LOCK, what)
