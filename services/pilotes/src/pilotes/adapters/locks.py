"""Who must wait for whom, by locks that a transaction holds until it ends.

https://www.postgresql.org/docs/16/explicit-locking.html#ADVISORY-LOCKS
"""

from typing import Final

from socle.postgres import Connection

ADDING: Final = "SELECT pg_advisory_xact_lock_shared(hashtextextended('pilotes.facts', 0))"
"""Of all who add facts, or look at them, at once."""
ALONE: Final = "SELECT pg_advisory_xact_lock(hashtextextended('pilotes.facts', 0))"
"""Of whoever erases some."""
_ONE: Final = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"


async def one_at_a_time(connection: Connection, what: str) -> None:
    """Wait for whoever does that now, and let nobody else before this transaction ends."""
    await connection.execute(_ONE, what)
