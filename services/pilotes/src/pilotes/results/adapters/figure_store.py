"""What was shown of each pilot, in PostgreSQL.

Whoever looks holds the lock that those who add facts share, so that nobody is erased meanwhile.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Final

import asyncpg
import numpy as np

from pilotes.disclosure.domain.tranches import Integers, People, Shown, standing
from pilotes.record.domain.pilot import PilotId
from pilotes.record.domain.protocol import Indicator
from pilotes.results.adapters.disclosed_json import shown_json, shown_of
from pilotes.results.domain.cost import Cost
from pilotes.results.ports import Kept, Look, Through
from pilotes.safety.domain.incident_reports import Severity
from pilotes.usage.adapters.fact_locks import ADDING
from pilotes.usage.adapters.outcome_sql import read_log
from pilotes.usage.domain.facts import SETTLING
from pilotes.usage.ports import Log
from socle.postgres import Connection, Pool, reachable, transaction

_BEGUN: Final = """
INSERT INTO shown_figures (pilot_id, content) VALUES ($1, '{}') ON CONFLICT DO NOTHING
"""
_KEPT: Final = "SELECT content, broken, sound, looked_at FROM shown_figures WHERE pilot_id = $1"
_THROUGH: Final = """
SELECT participant, array_position($2::text[], arm) - 1 AS arm,
    coalesce(tranche, 0) AS tranche, coalesce(first, 0) AS first
FROM cohort LEFT JOIN shown_person USING (participant)
WHERE cohort.pilot_id = $1 AND arm = ANY($2)
    AND date_trunc('second', first_exposure) <= $3
ORDER BY date_trunc('second', first_exposure), participant
"""
_DRAWN: Final = """
SELECT arm, width_bucket(first_exposure, $2::timestamptz[]) AS stretch, count(*) AS many
FROM cohort WHERE pilot_id = $1 AND first_exposure IS NOT NULL GROUP BY arm, stretch
"""
_INCIDENTS: Final = """
SELECT severity, count(*) AS many FROM report
WHERE pilot_id = $1 AND kind = 'incident' GROUP BY severity
"""
_SHOWN_PEOPLE: Final = """
INSERT INTO shown_person AS shown (participant, pilot_id, tranche, first)
SELECT participant, $1, tranche, first
FROM unnest($2::bigint[], $3::integer[], $4::integer[]) AS told (participant, tranche, first)
WHERE first > 0
ON CONFLICT (participant) DO UPDATE SET tranche = excluded.tranche
WHERE shown.tranche <> excluded.tranche
"""
_SAVED: Final = """
UPDATE shown_figures SET content = $2, broken = '{}', sound = $3, looked_at = $4
WHERE pilot_id = $1
"""


class PostgresFigures:
    """Implements `FigureStore`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def kept(self, pilot_id: PilotId) -> Kept:
        with reachable():
            return _kept(await self._pool.fetchrow(_KEPT, pilot_id))

    @asynccontextmanager
    async def look(self, pilot_id: PilotId) -> AsyncIterator[Look]:
        with reachable():
            async with transaction(self._pool) as connection:
                await connection.execute(ADDING)
                await connection.execute(_BEGUN, pilot_id)
                row = await connection.fetchrow(_KEPT + " FOR UPDATE", pilot_id)
                yield HeldFigures(connection, pilot_id, _kept(row))

    async def incidents(self, pilot_id: PilotId) -> Mapping[Severity, int]:
        with reachable():
            rows = await self._pool.fetch(_INCIDENTS, pilot_id)
        return {row["severity"]: row["many"] for row in rows}

    async def give_cost(self, pilot_id: PilotId, cost: Cost, *, at: datetime, by: str) -> None:
        with reachable():
            await self._pool.execute(
                "INSERT INTO pilot_cost (pilot_id, content, given_at, given_by)"
                " VALUES ($1, $2, $3, $4)",
                pilot_id,
                asdict(cost),
                at,
                by,
            )

    async def cost(self, pilot_id: PilotId) -> Cost | None:
        with reachable():
            content = await self._pool.fetchval(
                "SELECT content FROM pilot_cost WHERE pilot_id = $1 ORDER BY cost_id DESC LIMIT 1",
                pilot_id,
            )
        if content is None:
            return None
        # What was stated earlier says more: processor time, before it was measured.
        return Cost(**{each.name: content[each.name] for each in fields(Cost)})


class HeldFigures:
    """Implements `Look`, in one transaction."""

    def __init__(self, connection: Connection, pilot_id: PilotId, kept: Kept) -> None:
        self._connection, self._pilot_id, self._at_start = connection, pilot_id, kept

    @property
    def kept(self) -> Kept:
        return self._at_start

    async def through(self, arms: Sequence[str], *, days: int, as_of: datetime) -> Through:
        last = as_of - timedelta(days=days) - SETTLING
        rows = await self._connection.fetch(_THROUGH, self._pilot_id, list(arms), last)
        people = People(*(_integers(rows, name) for name in ("arm", "tranche", "first")))
        return Through(_integers(rows, "participant"), people)

    async def read(self, indicators: Sequence[Indicator], as_of: datetime) -> Log:
        return await read_log(self._connection, self._pilot_id, indicators, as_of)

    async def drawn(self, since: Sequence[datetime]) -> Sequence[Mapping[str, int]]:
        rows = await self._connection.fetch(_DRAWN, self._pilot_id, list(since))
        stretches: list[dict[str, int]] = [{} for _ in range(len(since) + 1)]
        for row in rows:
            stretches[row["stretch"]][row["arm"]] = row["many"]
        return stretches

    async def save(self, shown: Shown, through: Through, *, sound: bool, at: datetime) -> None:
        await self._connection.execute(
            _SHOWN_PEOPLE,
            self._pilot_id,
            through.participant.tolist(),
            through.people.tranche.tolist(),
            through.people.first.tolist(),
        )
        await self._connection.execute(_SAVED, self._pilot_id, shown_json(shown), sound, at)


def _kept(row: asyncpg.Record | None) -> Kept:
    if row is None:
        return Kept(Shown(), True, None)
    return Kept(standing(shown_of(row["content"]), row["broken"]), row["sound"], row["looked_at"])


def _integers(rows: Sequence[asyncpg.Record], name: str) -> Integers:
    return np.array([row[name] for row in rows], dtype=np.int64)
