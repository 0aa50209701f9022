"""Participants of the pilot of `pilot_lab`, written straight into the log of facts."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from pilot_lab import Lab

from pilotes.usage.adapters.fact_store import erase_facts
from socle.postgres import Pool, transaction

PILOT, CONTROL, ARM = "alertes", "habituel", "prevenu"


def pseudonym(number: int) -> bytes:
    return hashlib.sha256(str(number).encode()).digest()


async def notice(pool: Pool, pilot: str = PILOT) -> None:
    """A notice that was in force before the one of the lab."""
    await pool.execute(
        "INSERT INTO notice VALUES ($1, '1', '{}', 'd', timestamptz 'epoch', 'c-1')"
        " ON CONFLICT DO NOTHING",
        pilot,
    )


async def take_part(
    lab: Lab,
    outcomes: Sequence[tuple[str, int]],
    *,
    since: datetime,
    first: int = 0,
    pilot: str = PILOT,
    places: Sequence[str] | None = None,
) -> None:
    """One person for each (arm, times they watched a board), numbered from `first` on, consenting
    at `since` and exposed seconds after it, one after the other. `places`: of each, if the trial
    draws places."""
    await notice(lab.pool, pilot)
    numbers = range(first, first + len(outcomes))
    people = [pseudonym(number) for number in numbers]
    at = [since + timedelta(seconds=number) for number in numbers]
    async with transaction(lab.pool) as connection:
        await connection.execute(
            "INSERT INTO consent (pilot_id, pseudonym, given_at, notice_version, protocol_version,"
            " means, place) SELECT $1, who, $3, '1', 1, 'device', place"
            " FROM unnest($2::bytea[], $4::text[]) AS person (who, place)",
            pilot,
            people,
            since,
            places or [None] * len(people),
        )
        await connection.execute(
            "INSERT INTO cohort (pilot_id, pseudonym, first_exposure, arm)"
            " SELECT $1, * FROM unnest($2::bytea[], $3::timestamptz[], $4::text[])",
            pilot,
            people,
            at,
            [arm for arm, _ in outcomes],
        )
        await connection.execute(
            "INSERT INTO use (pilot_id, participant, arm, fact, at, useful, count, bytes, seconds,"
            "   cpu_seconds)"
            " SELECT $1, participant, arm, 'board-watched', first_exposure + interval '1 hour',"
            "   true, 1, 2000, 0.010, 0.0008"
            " FROM unnest($2::bytea[], $3::integer[]) AS score (pseudonym, many)"
            " JOIN cohort USING (pseudonym), generate_series(1, many)"
            " WHERE cohort.pilot_id = $1",
            pilot,
            people,
            [many for _, many in outcomes],
        )


async def leave(lab: Lab, number: int, *, at: datetime, pilot: str = PILOT) -> None:
    """A withdrawal: consent and facts in one transaction."""
    async with transaction(lab.pool) as connection:
        await connection.execute(
            "UPDATE consent SET withdrawn_at = $3 WHERE pilot_id = $1 AND pseudonym = $2"
            " AND withdrawn_at IS NULL",
            pilot,
            pseudonym(number),
            at,
        )
        await erase_facts(connection, pilot, pseudonym(number))


def halves(people: int, *, arm: float, control: float) -> list[tuple[str, int]]:
    """As many people of each arm, alternating, of whom those shares watched a board."""
    half = people // 2
    pseudonyms = []
    for place in range(half):
        for name, share in ((ARM, arm), (CONTROL, control)):
            watched = int((place + 1) * share) - int(place * share)
            pseudonyms.append((name, watched))
    return pseudonyms
