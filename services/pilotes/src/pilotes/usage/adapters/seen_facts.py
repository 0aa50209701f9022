"""The last hour in which services reported each fact, in PostgreSQL."""

from datetime import datetime
from typing import Final

from socle.postgres import Pool, reachable

_ADD: Final = """
INSERT INTO seen_fact AS known (fact, hour) VALUES ($1, $2)
ON CONFLICT (fact) DO UPDATE SET hour = excluded.hour WHERE known.hour < excluded.hour"""
_SINCE: Final = "SELECT fact FROM seen_fact WHERE hour > $1::timestamptz - interval '1 hour'"


class PostgresSeenFacts:
    """Implements `SeenFacts`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def add(self, fact: str, hour: datetime) -> None:
        with reachable():
            await self._pool.execute(_ADD, fact, hour)

    async def list_since(self, at: datetime) -> frozenset[str]:
        """The facts that were seen in an hour that ended after that instant, or goes on. Raises
        Retry."""
        with reachable():
            return frozenset(row["fact"] for row in await self._pool.fetch(_SINCE, at))
