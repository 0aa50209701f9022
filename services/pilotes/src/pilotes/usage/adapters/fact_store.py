"""The log of what was accepted of the trials, in PostgreSQL, and what is derived from it.

Whoever adds facts holds a lock shared by all who do; whoever erases a person's holds it alone. So a
fact is either there to be erased, or looks for the consent after it was withdrawn.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from pilotes.record.domain.protocol import Indicator
from pilotes.usage.adapters.fact_locks import ADDING, ALONE
from pilotes.usage.adapters.outcome_sql import read_outcomes
from pilotes.usage.domain.facts import Exposure, Outcomes, Use
from pilotes.usage.ports import Ending
from socle.postgres import Connection, Pool, reachable, transaction

_HEARD: Final = """
INSERT INTO heard_replica AS heard (replica, sequences, stopped)
VALUES ($1, int8multirange(int8range($2::bigint, $2::bigint + 1)), $3)
ON CONFLICT (replica) DO UPDATE
    SET sequences = heard.sequences + excluded.sequences,
        stopped = heard.stopped OR excluded.stopped, changed_at = now()
    WHERE NOT heard.sequences @> $2::bigint
RETURNING true
"""
# What conflicts is waited for, and seen by the statement that follows.
_BORN: Final = """
INSERT INTO cohort (pilot_id, pseudonym)
SELECT DISTINCT pilot_id, pseudonym
FROM unnest($1::text[], $2::bytea[], $3::timestamptz[]) AS told (pilot_id, pseudonym, at)
JOIN consent USING (pilot_id, pseudonym)
WHERE withdrawn_at IS NULL AND given_at <= told.at
ORDER BY pilot_id, pseudonym
ON CONFLICT DO NOTHING
"""
# `newcomers`: positions of what is covered, of people not seen before; nothing is added of them.
# LATERAL … LIMIT 1: each consent is looked up, whatever the planner thinks of a table that grows;
# it would rather read all that anybody ever gave, for each record again.
_USED: Final = """
WITH standing AS MATERIALIZED (
    SELECT told.*, participant
    FROM unnest($1::text[], $2::bytea[], $3::text[], $4::text[], $5::timestamptz[],
        $6::boolean[], $7::bigint[], $8::bigint[], $9::double precision[], $10::real[])
        WITH ORDINALITY AS told (pilot_id, pseudonym, arm, fact, at, useful, count, bytes, seconds,
            cpu_seconds, position)
    CROSS JOIN LATERAL (
        SELECT given_at FROM consent
        WHERE (consent.pilot_id, consent.pseudonym) = (told.pilot_id, told.pseudonym)
            AND withdrawn_at IS NULL LIMIT 1
    ) AS agreed
    LEFT JOIN LATERAL (
        SELECT participant FROM cohort
        WHERE (cohort.pilot_id, cohort.pseudonym) = (told.pilot_id, told.pseudonym) LIMIT 1
    ) AS known ON true
    WHERE given_at <= told.at
), added AS (
    INSERT INTO use (pilot_id, participant, arm, fact, at, useful, count, bytes, seconds,
        cpu_seconds)
    SELECT pilot_id, participant, arm, fact, at, useful, count, bytes, seconds, cpu_seconds
    FROM standing WHERE participant IS NOT NULL
)
SELECT count(participant) AS added,
    array_agg(position) FILTER (WHERE participant IS NULL) AS newcomers
FROM standing
"""
_EXPOSED: Final = """
WITH who AS (
    SELECT participant FROM cohort JOIN consent USING (pilot_id, pseudonym)
    WHERE pilot_id = $1 AND pseudonym = $2 AND withdrawn_at IS NULL AND given_at <= $3
), added AS (
    INSERT INTO exposure (participant, at, arm) SELECT participant, $3, $4 FROM who
    ON CONFLICT DO NOTHING RETURNING participant
), derived AS (
    UPDATE cohort SET first_exposure = $3, arm = $4 FROM added
    WHERE cohort.participant = added.participant
        AND (first_exposure IS NULL OR ($3, $4) < (first_exposure, arm))
)
SELECT EXISTS (SELECT FROM who) AS stands, EXISTS (SELECT FROM added) AS new
"""
_PEOPLE: Final = """
SELECT arm, count(*) AS many FROM cohort WHERE pilot_id = $1 AND first_exposure IS NOT NULL
GROUP BY arm
"""
_DERIVED: Final = """
UPDATE cohort SET first_exposure = found.at, arm = found.arm
FROM cohort AS former
LEFT JOIN LATERAL (SELECT at, arm FROM exposure
    WHERE exposure.participant = former.participant ORDER BY at, arm LIMIT 1) AS found ON true
WHERE cohort.participant = former.participant AND former.pilot_id = $1
    AND (former.first_exposure, former.arm) IS DISTINCT FROM (found.at, found.arm)
"""

_ERASED: Final = (
    "DELETE FROM use WHERE pilot_id = $1 AND participant = $2",
    "DELETE FROM survey_answer WHERE pilot_id = $1 AND participant = $2",
    "DELETE FROM exposure USING cohort WHERE exposure.participant = $2"
    " AND cohort.participant = $2 AND cohort.pilot_id = $1",
    "DELETE FROM cohort WHERE pilot_id = $1 AND participant = $2",
)
_LISTED: Final = """
SELECT at, jsonb_build_object('kind', 'use', 'fact', fact, 'arm', arm, 'count', count,
    'bytes', bytes, 'seconds', seconds, 'cpu_seconds', cpu_seconds, 'useful', useful) AS json
FROM use WHERE pilot_id = $1 AND participant = $2
UNION ALL
SELECT at, jsonb_build_object('kind', 'exposure', 'arm', exposure.arm)
FROM exposure JOIN cohort USING (participant) WHERE pilot_id = $1 AND participant = $2
UNION ALL
SELECT answered_at, jsonb_build_object('kind', 'answers', 'survey', survey_id,
    'occasion', occasion, 'scores', scores, 'texts', texts)
FROM survey_answer WHERE pilot_id = $1 AND participant = $2
ORDER BY 1
"""


class PostgresFacts:
    """Implements `FactStore`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def add_uses(
        self, uses: Sequence[Use], *, replica: str, sequence: int, stopped: bool
    ) -> int | None:
        with reachable():
            async with transaction(self._pool) as connection:
                await connection.execute(ADDING)
                if not await connection.fetchval(_HEARD, replica, sequence, stopped):
                    return None
                return await _add(connection, uses) if uses else 0

    async def add_exposure(self, exposure: Exposure) -> Ending:
        pilot_id, pseudonym, arm, at = exposure
        with reachable():
            async with transaction(self._pool) as connection:
                await connection.execute(ADDING)
                await connection.execute(_BORN, [pilot_id], [pseudonym], [at])
                found = await connection.fetchrow(_EXPOSED, pilot_id, pseudonym, at, arm)
        assert found is not None
        if not found["stands"]:
            return "no_consent"
        return "counted" if found["new"] else "repeated"

    async def outcomes(
        self, pilot_id: str, indicators: Sequence[Indicator], as_of: datetime
    ) -> Mapping[str, Outcomes]:
        with reachable():
            async with self._pool.acquire() as connection:
                return await read_outcomes(connection, pilot_id, indicators, as_of)

    async def people(self, pilot_id: str) -> Mapping[str, int]:
        with reachable():
            rows = await self._pool.fetch(_PEOPLE, pilot_id)
        return {row["arm"]: row["many"] for row in rows}

    async def derive_again(self, pilot_id: str) -> int:
        with reachable():
            async with transaction(self._pool) as connection:
                await connection.execute(ALONE)
                status = await connection.execute(_DERIVED, pilot_id)
        return int(status.removeprefix("UPDATE "))


async def _add(connection: Connection, uses: Sequence[Use]) -> int:
    found = await _used(connection, uses)
    if not found["newcomers"]:
        return int(found["added"])
    newcomers = [uses[position - 1] for position in found["newcomers"]]
    pilots, pseudonyms, _, _, instants, *_ = zip(*newcomers, strict=True)
    await connection.execute(_BORN, pilots, pseudonyms, instants)
    return int(found["added"] + (await _used(connection, newcomers))["added"])


async def _used(connection: Connection, uses: Sequence[Use]) -> Any:
    return await connection.fetchrow(_USED, *zip(*uses, strict=True))


async def erase_facts(connection: Connection, pilot_id: str, pseudonym: bytes) -> int:
    """Take all that a person did in a pilot out of it, in the caller's transaction, which has ended
    their consent before; how many rows that were. Facts that are being added are waited for, and
    then erased too."""
    await connection.execute(ALONE)
    participant = await _find(connection, pilot_id, pseudonym)
    erased = 0
    for statement in _ERASED if participant is not None else ():
        status = await connection.execute(statement, pilot_id, participant)
        erased += int(status.removeprefix("DELETE "))
    return erased


async def list_facts(
    connection: Connection, pilot_id: str, pseudonym: bytes
) -> Sequence[dict[str, Any]]:
    """All that is kept of what a person did in a pilot, JSON-ready, in the order of time."""
    participant = await _find(connection, pilot_id, pseudonym)
    if participant is None:
        return ()
    rows = await connection.fetch(_LISTED, pilot_id, participant)
    return [{**json, "at": at.isoformat()} for at, json in rows]


async def _find(connection: Connection, pilot_id: str, pseudonym: bytes) -> int | None:
    found = await connection.fetchval(
        "SELECT participant FROM cohort WHERE pilot_id = $1 AND pseudonym = $2",
        pilot_id,
        pseudonym,
    )
    return None if found is None else int(found)
