"""Disclosed figures in PostgreSQL.

An update takes the shared lock of transactions that add facts: no facts are erased meanwhile.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Final

import asyncpg
import numpy as np
import numpy.typing as npt

from pilotes.disclosure.domain.measure import Integers
from pilotes.disclosure.domain.tranches import DisclosedFigures, Population, drop_broken
from pilotes.record.domain.pilot import PilotId
from pilotes.record.domain.protocol import Indicator
from pilotes.results.adapters.disclosed_json import (
    disclosed_from_json,
    disclosed_to_json,
    looks_from_json,
    looks_to_json,
)
from pilotes.results.domain.cost import Cost
from pilotes.results.domain.looks import TakenLook, without_broken
from pilotes.results.ports import CompletedPeople, FigureUpdate, Observation, StoredFigures
from pilotes.safety.domain.incident_reports import Severity
from pilotes.usage.adapters.columns import integers, packed_integers
from pilotes.usage.adapters.fact_locks import SHARED_FACT_LOCK
from pilotes.usage.adapters.interruptions import read_interruptions
from pilotes.usage.adapters.lapses import read_lapses
from pilotes.usage.adapters.outcome_queries import read_log
from pilotes.usage.domain.facts import LATE_EVENT_DELAY
from pilotes.usage.domain.observation import agreed_throughout, observed_completely
from pilotes.usage.ports import Log
from socle.postgres import Connection, Pool, reachable, transaction

_ENSURE_ROW: Final = """
INSERT INTO shown_figures (pilot_id, content) VALUES ($1, '{}') ON CONFLICT DO NOTHING
"""
_GET: Final = "SELECT content, broken, sound, looked_at FROM shown_figures WHERE pilot_id = $1"
_MISASSIGNED: Final = """
SELECT count(DISTINCT participant) FROM cohort JOIN consent USING (pilot_id, pseudonym)
WHERE pilot_id = $1 AND cohort.arm <> consent.arm
"""
_START: Final = "date_trunc('second', first_exposure)"
_ORDER: Final = f"{_START}, participant"
# Who was exposed to another arm than their consent has is left out, unless they were disclosed.
_LIST_COMPLETED: Final = f"""
SELECT {packed_integers("participant", _ORDER)} AS participant,
    {packed_integers("array_position($2::text[], arm) - 1", _ORDER)} AS arm,
    {packed_integers(f"extract(epoch FROM {_START})::bigint", _ORDER)} AS start,
    {packed_integers("coalesce(tranche, 0)", _ORDER)} AS tranche,
    {packed_integers("coalesce(first, 0)", _ORDER)} AS first
FROM cohort LEFT JOIN shown_person USING (participant)
WHERE cohort.pilot_id = $1 AND arm = ANY($2) AND {_START} <= $3
    AND (first > 0 OR NOT EXISTS (SELECT FROM consent
        WHERE (consent.pilot_id, consent.pseudonym) = (cohort.pilot_id, cohort.pseudonym)
            AND consent.arm <> cohort.arm))
"""  # noqa: S608 (constant text)
_COUNT_BY_ARM: Final = """
SELECT arm, width_bucket(first_exposure, $2::timestamptz[]) AS bucket, count(*) AS many
FROM cohort WHERE pilot_id = $1 AND first_exposure IS NOT NULL GROUP BY arm, bucket
"""
_PLACES: Final = """
SELECT DISTINCT ON (participant) participant, place FROM cohort JOIN consent
    USING (pilot_id, pseudonym)
WHERE pilot_id = $1 AND place IS NOT NULL ORDER BY participant, consent_id DESC
"""
_INCIDENTS: Final = """
SELECT severity, count(*) AS many FROM report
WHERE pilot_id = $1 AND kind = 'incident' GROUP BY severity
"""
# Only people who are or were in a tranche have a row; their first tranche never changes. One
# statement for both (ON CONFLICT) takes nearly twice the time.
_ADD_PEOPLE: Final = """
INSERT INTO shown_person (participant, pilot_id, tranche, first)
SELECT participant, $1, tranche, tranche
FROM unnest($2::bigint[], $3::integer[]) AS person (participant, tranche)
"""
_MOVE_PEOPLE: Final = """
UPDATE shown_person SET tranche = person.tranche
FROM unnest($2::bigint[], $3::integer[]) AS person (participant, tranche)
WHERE pilot_id = $1 AND shown_person.participant = person.participant
"""
_SAVE: Final = """
UPDATE shown_figures SET content = $2, broken = '{}', sound = $3, looked_at = $4
WHERE pilot_id = $1
"""


class PostgresFigures:
    """Implements `FigureStore`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def stored(self, pilot_id: PilotId) -> StoredFigures:
        with reachable():
            return _stored_figures(await self._pool.fetchrow(_GET, pilot_id))

    @asynccontextmanager
    async def update(self, pilot_id: PilotId) -> AsyncIterator[FigureUpdate]:
        with reachable():
            async with transaction(self._pool) as connection:
                await connection.execute(SHARED_FACT_LOCK)
                await connection.execute(_ENSURE_ROW, pilot_id)
                row = await connection.fetchrow(_GET + " FOR UPDATE", pilot_id)
                yield PostgresFigureUpdate(connection, pilot_id, _stored_figures(row))

    async def incidents(self, pilot_id: PilotId) -> Mapping[Severity, int]:
        with reachable():
            rows = await self._pool.fetch(_INCIDENTS, pilot_id)
        return {row["severity"]: row["many"] for row in rows}

    async def save_cost(self, pilot_id: PilotId, cost: Cost, *, at: datetime, by: str) -> None:
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
        # Declarations from before processor time was measured have further fields.
        return Cost(**{each.name: content[each.name] for each in fields(Cost)})


class PostgresFigureUpdate:
    """Implements `FigureUpdate`, in one transaction."""

    def __init__(self, connection: Connection, pilot_id: PilotId, stored: StoredFigures) -> None:
        self._connection, self._pilot_id, self._at_start = connection, pilot_id, stored

    @property
    def stored(self) -> StoredFigures:
        return self._at_start

    async def completed(
        self, arms: Sequence[str], *, observation: Observation, as_of: datetime
    ) -> CompletedPeople:
        last = as_of - timedelta(days=max(observation.windows)) - LATE_EVENT_DELAY
        row = await self._connection.fetchrow(_LIST_COMPLETED, self._pilot_id, list(arms), last)
        assert row is not None  # an aggregate
        columns = ("participant", "start", "arm", "tranche", "first")
        participant, starts, *people = (integers(row[name]) for name in columns)
        found = CompletedPeople(participant, Population(*people), starts)
        gaps = await read_interruptions(self._connection, self._pilot_id)
        complete = np.ones(len(starts), dtype=np.bool_)
        for days in observation.windows:
            complete &= observed_completely(starts, days, gaps)
        # Who was ever disclosed stays: their tranche counts them, and a measure that it still waits
        # for would be disclosed without them, of fewer than k people.
        complete |= found.people.first > 0
        return found.only(complete & await self._agreed(found, observation))

    async def _agreed(
        self, found: CompletedPeople, observation: Observation
    ) -> npt.NDArray[np.bool_]:
        """Who agreed to what is measured, or is in a tranche, which measures nothing new."""
        lapses = await read_lapses(self._connection, self._pilot_id)
        lapsed = np.flatnonzero(np.isin(found.participant, list(lapses)))
        agreed = agreed_throughout(
            found.first_exposure,
            observation.windows,
            {int(place): lapses[int(found.participant[place])] for place in lapsed},
            introduced=-np.inf
            if observation.introduced is None
            else observation.introduced.timestamp(),
        )
        return agreed | np.isin(found.people.tranche, list(self._at_start.disclosed.sizes))

    async def read(self, indicators: Sequence[Indicator], as_of: datetime) -> Log:
        return await read_log(self._connection, self._pilot_id, indicators, as_of)

    async def counts_by_arm(self, since: Sequence[datetime]) -> Sequence[Mapping[str, int]]:
        rows = await self._connection.fetch(_COUNT_BY_ARM, self._pilot_id, list(since))
        periods: list[dict[str, int]] = [{} for _ in range(len(since) + 1)]
        for row in rows:
            periods[row["bucket"]][row["arm"]] = row["many"]
        return periods

    async def count_misassigned(self) -> int:
        return int(await self._connection.fetchval(_MISASSIGNED, self._pilot_id))

    async def places(self, participants: Integers, codes: Sequence[str]) -> Integers:
        rows = await self._connection.fetch(_PLACES, self._pilot_id)
        number = {code: at for at, code in enumerate(codes)}
        found = {row["participant"]: number.get(row["place"], -1) for row in rows}
        return np.array([found.get(each, -1) for each in participants.tolist()], dtype=np.int64)

    async def save(
        self,
        disclosed: DisclosedFigures,
        moved: CompletedPeople,
        *,
        looks: Sequence[TakenLook],
        ratio_as_planned: bool,
        at: datetime,
    ) -> None:
        people = moved.people
        new = people.first == people.tranche
        for statement, some in ((_ADD_PEOPLE, new), (_MOVE_PEOPLE, ~new)):
            await self._connection.execute(
                statement,
                self._pilot_id,
                moved.participant[some].tolist(),
                people.tranche[some].tolist(),
            )
        await self._connection.execute(
            _SAVE,
            self._pilot_id,
            disclosed_to_json(disclosed) | {"looks": looks_to_json(looks)},
            ratio_as_planned,
            at,
        )


def _stored_figures(row: asyncpg.Record | None) -> StoredFigures:
    if row is None:
        return StoredFigures(DisclosedFigures(), True, None)
    return StoredFigures(
        drop_broken(disclosed_from_json(row["content"]), row["broken"]),
        row["sound"],
        row["looked_at"],
        without_broken(looks_from_json(row["content"].get("looks", ())), row["broken"]),
    )
