"""The counts of people reached in PostgreSQL, by day."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from pilotes.usage.ports import RecruitmentStep
from socle.postgres import Pool, reachable

_LATEST: Final = """
SELECT DISTINCT ON (arm) arm, people FROM recruitment WHERE pilot_id = $1 ORDER BY arm, day DESC
"""
# Two processes can count on the same day: the later count replaces the former.
_ADD: Final = """
INSERT INTO recruitment (pilot_id, arm, day, people)
SELECT $1, arm, $2, people FROM unnest($3::text[], $4::integer[]) AS counted (arm, people)
ON CONFLICT (pilot_id, arm, day) DO UPDATE SET people = excluded.people
"""
_STEPS: Final = "SELECT day, arm, people FROM recruitment WHERE pilot_id = $1 ORDER BY day, arm"


class PostgresRecruitment:
    """Implements `RecruitmentLog`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def latest(self, pilot_id: str) -> Mapping[str, int]:
        with reachable():
            rows = await self._pool.fetch(_LATEST, pilot_id)
        return {row["arm"]: row["people"] for row in rows}

    async def add(self, pilot_id: str, day: date, people: Mapping[str, int]) -> None:
        with reachable():
            await self._pool.execute(_ADD, pilot_id, day, list(people), list(people.values()))

    async def steps(self, pilot_id: str) -> Sequence[RecruitmentStep]:
        with reachable():
            rows = await self._pool.fetch(_STEPS, pilot_id)
        return [RecruitmentStep(row["day"], row["arm"], row["people"]) for row in rows]
