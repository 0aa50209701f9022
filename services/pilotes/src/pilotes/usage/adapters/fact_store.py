"""The log of accepted facts in PostgreSQL, and what is derived from it.

Transactions that add facts share a lock; one that erases a person's facts holds it exclusively. A
fact is therefore either added before the erasure, which deletes it, or checked after it, when the
consent is withdrawn.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from pilotes.record.domain.protocol import Indicator
from pilotes.usage.adapters.fact_locks import EXCLUSIVE_FACT_LOCK, SHARED_FACT_LOCK
from pilotes.usage.adapters.outcome_queries import read_outcomes
from pilotes.usage.domain.facts import Exposure, Outcomes, Use
from pilotes.usage.ports import EventOutcome
from socle.postgres import Connection, Pool, reachable, transaction

_ADD_RECORD: Final = """
INSERT INTO heard_replica AS received (replica, sequences, stopped)
VALUES ($1, int8multirange(int8range($2::bigint, $2::bigint + 1)), $3)
ON CONFLICT (replica) DO UPDATE
    SET sequences = received.sequences + excluded.sequences,
        stopped = received.stopped OR excluded.stopped, changed_at = now()
    WHERE NOT received.sequences @> $2::bigint
RETURNING true
"""
# On conflict with a concurrent transaction, this waits for it; the next statement reads its row.
_ADD_PARTICIPANTS: Final = """
INSERT INTO cohort (pilot_id, pseudonym)
SELECT DISTINCT pilot_id, pseudonym
FROM unnest($1::text[], $2::bytea[], $3::timestamptz[]) AS event (pilot_id, pseudonym, at)
JOIN consent USING (pilot_id, pseudonym)
WHERE withdrawn_at IS NULL AND lapsed_at IS NULL AND given_at <= event.at
ORDER BY pilot_id, pseudonym
ON CONFLICT DO NOTHING
"""
# Adds the uses that an active consent covers. `newcomers`: positions of covered uses of people
# without a row in `cohort`; they are not added yet.
# LATERAL … LIMIT 1 forces an index lookup for each use: with outdated statistics of a growing table
# the planner would scan all consents for each record.
_ADD_USES: Final = """
WITH covered AS MATERIALIZED (
    SELECT event.*, participant
    FROM unnest($1::text[], $2::bytea[], $3::text[], $4::text[], $5::timestamptz[],
        $6::boolean[], $7::bigint[], $8::bigint[], $9::double precision[], $10::real[])
        WITH ORDINALITY AS event (pilot_id, pseudonym, arm, fact, at, useful, count, bytes, seconds,
            cpu_seconds, position)
    CROSS JOIN LATERAL (
        SELECT given_at FROM consent
        WHERE (consent.pilot_id, consent.pseudonym) = (event.pilot_id, event.pseudonym)
            AND withdrawn_at IS NULL AND lapsed_at IS NULL LIMIT 1
    ) AS agreed
    LEFT JOIN LATERAL (
        SELECT participant FROM cohort
        WHERE (cohort.pilot_id, cohort.pseudonym) = (event.pilot_id, event.pseudonym) LIMIT 1
    ) AS known ON true
    WHERE given_at <= event.at
), added AS (
    INSERT INTO use (pilot_id, participant, arm, fact, at, useful, count, bytes, seconds,
        cpu_seconds)
    SELECT pilot_id, participant, arm, fact, at, useful, count, bytes, seconds, cpu_seconds
    FROM covered WHERE participant IS NOT NULL
)
SELECT count(participant) AS added,
    array_agg(position) FILTER (WHERE participant IS NULL) AS newcomers
FROM covered
"""
# An exposure counts under the consent that it names: a gateway replica can serve the arm of a
# former one for some seconds after that person was erased, agreed again and was drawn again.
_ADD_EXPOSURE: Final = """
WITH who AS (
    SELECT participant FROM cohort JOIN consent USING (pilot_id, pseudonym)
    WHERE pilot_id = $1 AND pseudonym = $2 AND withdrawn_at IS NULL AND lapsed_at IS NULL
        AND given_at <= $3 AND given_at = coalesce($5, given_at)
), added AS (
    INSERT INTO exposure (participant, at, arm) SELECT participant, $3, $4 FROM who
    ON CONFLICT DO NOTHING RETURNING participant
), derived AS (
    UPDATE cohort SET first_exposure = $3, arm = $4 FROM added
    WHERE cohort.participant = added.participant
        AND (first_exposure IS NULL OR ($3, $4) < (first_exposure, arm))
)
SELECT EXISTS (SELECT FROM who) AS covered, EXISTS (SELECT FROM added) AS new
"""
_COUNT_PEOPLE: Final = """
SELECT arm, count(*) AS many FROM cohort WHERE pilot_id = $1 AND first_exposure IS NOT NULL
GROUP BY arm
"""
# The first exposure of each participant and its arm, from the log.
_REDERIVE: Final = """
UPDATE cohort SET first_exposure = found.at, arm = found.arm
FROM cohort AS former
LEFT JOIN LATERAL (SELECT at, arm FROM exposure
    WHERE exposure.participant = former.participant
        AND (former.observed_from IS NULL OR at >= former.observed_from)
    ORDER BY at, arm LIMIT 1) AS found ON true
WHERE cohort.participant = former.participant AND former.pilot_id = $1
    AND (former.first_exposure, former.arm) IS DISTINCT FROM (found.at, found.arm)
"""

_ERASE: Final = (
    "DELETE FROM use WHERE pilot_id = $1 AND participant = $2",
    "DELETE FROM survey_answer WHERE pilot_id = $1 AND participant = $2",
    "DELETE FROM exposure USING cohort WHERE exposure.participant = $2"
    " AND cohort.participant = $2 AND cohort.pilot_id = $1",
    "DELETE FROM cohort WHERE pilot_id = $1 AND participant = $2",
)
_ERASE_RESTRICTED: Final = "DELETE FROM restricted_fact WHERE pilot_id = $1 AND pseudonym = $2"
_LIST: Final = """
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
                await connection.execute(SHARED_FACT_LOCK)
                if not await connection.fetchval(_ADD_RECORD, replica, sequence, stopped):
                    return None
                return await _add_all_uses(connection, uses) if uses else 0

    async def add_exposure(self, exposure: Exposure) -> EventOutcome:
        pilot_id, pseudonym, arm, at, consented_at = exposure
        with reachable():
            async with transaction(self._pool) as connection:
                await connection.execute(SHARED_FACT_LOCK)
                await connection.execute(_ADD_PARTICIPANTS, [pilot_id], [pseudonym], [at])
                found = await connection.fetchrow(
                    _ADD_EXPOSURE, pilot_id, pseudonym, at, arm, consented_at
                )
        assert found is not None
        if not found["covered"]:
            return "no_consent"
        return "counted" if found["new"] else "repeated"

    async def outcomes(
        self,
        pilot_id: str,
        indicators: Sequence[Indicator],
        as_of: datetime,
        introduced: Mapping[str, datetime],
    ) -> Mapping[str, Outcomes]:
        with reachable():
            async with self._pool.acquire() as connection:
                return await read_outcomes(connection, pilot_id, indicators, as_of, introduced)

    async def people(self, pilot_id: str) -> Mapping[str, int]:
        with reachable():
            rows = await self._pool.fetch(_COUNT_PEOPLE, pilot_id)
        return {row["arm"]: row["many"] for row in rows}

    async def rederive(self, pilot_id: str) -> int:
        with reachable():
            async with transaction(self._pool) as connection:
                await connection.execute(EXCLUSIVE_FACT_LOCK)
                status = await connection.execute(_REDERIVE, pilot_id)
        return int(status.removeprefix("UPDATE "))


async def _add_all_uses(connection: Connection, uses: Sequence[Use]) -> int:
    """Add the covered uses, those of new participants too. Returns their number."""
    found = await _add_known_uses(connection, uses)
    if not found["newcomers"]:
        return int(found["added"])
    newcomers = [uses[position - 1] for position in found["newcomers"]]
    pilots, pseudonyms, _, _, instants, *_ = zip(*newcomers, strict=True)
    await connection.execute(_ADD_PARTICIPANTS, pilots, pseudonyms, instants)
    return int(found["added"] + (await _add_known_uses(connection, newcomers))["added"])


async def _add_known_uses(connection: Connection, uses: Sequence[Use]) -> Any:
    """Add the covered uses of people with a row in `cohort`: `added`, `newcomers`."""
    return await connection.fetchrow(_ADD_USES, *zip(*uses, strict=True))


async def erase_facts(connection: Connection, pilot_id: str, pseudonym: bytes) -> int:
    """Erase what a person did in a pilot, what they restricted too. Returns the number of rows.

    It runs in the caller's transaction, after the consent was withdrawn there, and waits for
    transactions that add facts.
    """
    erased = await erase_counted_facts(connection, pilot_id, pseudonym)
    status = await connection.execute(_ERASE_RESTRICTED, pilot_id, pseudonym)
    return erased + int(status.removeprefix("DELETE "))


async def erase_counted_facts(connection: Connection, pilot_id: str, pseudonym: bytes) -> int:
    """As `erase_facts`, but for what they restricted."""
    await connection.execute(EXCLUSIVE_FACT_LOCK)
    participant = await _find(connection, pilot_id, pseudonym)
    erased = 0
    for statement in _ERASE if participant is not None else ():
        status = await connection.execute(statement, pilot_id, participant)
        erased += int(status.removeprefix("DELETE "))
    return erased


async def list_facts(
    connection: Connection, pilot_id: str, pseudonym: bytes
) -> Sequence[dict[str, Any]]:
    """The facts that are stored about a person's use of a pilot, JSON-ready, in chronological
    order."""
    participant = await _find(connection, pilot_id, pseudonym)
    if participant is None:
        return ()
    rows = await connection.fetch(_LIST, pilot_id, participant)
    return [{**json, "at": at.isoformat()} for at, json in rows]


async def _find(connection: Connection, pilot_id: str, pseudonym: bytes) -> int | None:
    """The number of a participant in `cohort`."""
    found = await connection.fetchval(
        "SELECT participant FROM cohort WHERE pilot_id = $1 AND pseudonym = $2",
        pilot_id,
        pseudonym,
    )
    return None if found is None else int(found)
