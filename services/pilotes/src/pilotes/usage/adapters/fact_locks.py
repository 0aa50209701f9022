"""The lock between transactions that add or read facts and transactions that erase them.

https://www.postgresql.org/docs/16/explicit-locking.html#ADVISORY-LOCKS
"""

from typing import Final

SHARED_FACT_LOCK: Final = (
    "SELECT pg_advisory_xact_lock_shared(hashtextextended('pilotes.facts', 0))"
)
"""Shared by all transactions that add or read facts."""
EXCLUSIVE_FACT_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended('pilotes.facts', 0))"
"""Exclusive: held by a transaction that erases facts."""
