"""Contributions in PostgreSQL."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from pilotes.contributions.domain import (
    MAX_PER_DAY,
    Contribution,
    Counts,
    Moderation,
    State,
    text_digest,
)
from pilotes.contributions.flows.moderate_contribution import moderated_meanwhile
from pilotes.record.adapters.advisory_locks import lock_exclusively
from pilotes.record.domain.decisions import Signatory
from socle.errors import Refusal
from socle.postgres import Pool, reachable, transaction

_KNOWN: Final = "SELECT EXISTS (SELECT FROM contribution WHERE pilot_id = $1 AND digest = $2)"
_TODAY: Final = """
SELECT count(*) FROM contribution
WHERE pilot_id = $1 AND received_on = $2
"""
_ADD: Final = """
INSERT INTO contribution (pilot_id, said, digest, received_on) VALUES ($1, $2, $3, $4)
"""
_LIST: Final = """
SELECT * FROM contribution
WHERE pilot_id = $1 AND ($2::text IS NULL OR state = $2)
    AND ($3::bigint IS NULL OR contribution_id < $3)
ORDER BY contribution_id DESC LIMIT $4
"""
_COUNTS: Final = """
SELECT count(*) AS received, count(*) FILTER (WHERE state = 'published') AS published,
    count(*) FILTER (WHERE state = 'set_aside') AS set_aside
FROM contribution WHERE pilot_id = $1
"""
_ONE: Final = "SELECT * FROM contribution WHERE pilot_id = $1 AND contribution_id = $2 FOR UPDATE"
_SETTLE: Final = """
UPDATE contribution SET state = $2, answer = $3, reason = $4, revision = revision + 1,
    answered_at = $5, answered_by = $6, answered_as = $7,
    said = CASE WHEN $8 THEN '' ELSE said END, digest = CASE WHEN $8 THEN NULL ELSE digest END
WHERE contribution_id = $1 RETURNING *
"""


class PostgresContributions:
    """Implements `Contributions`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def add(self, pilot_id: str, text: str, *, at: datetime) -> None:
        digest, day = text_digest(text), at.astimezone(UTC).date()
        with reachable():
            async with transaction(self._pool) as connection:
                # Serialised: two concurrent texts could both be the last that the limit allows.
                await lock_exclusively(connection, f"contributions {pilot_id}")
                if await connection.fetchval(_KNOWN, pilot_id, digest):
                    return
                if await connection.fetchval(_TODAY, pilot_id, day) >= MAX_PER_DAY:
                    raise Refusal(
                        "too_many",
                        "Ce pilote a reçu beaucoup d'avis aujourd'hui : il n'en prend plus pour "
                        "l'instant. Gardez votre texte, et revenez demain.",
                        rule="opinions_limit",
                    )
                await connection.execute(_ADD, pilot_id, text, digest, day)

    async def list_of(
        self, pilot_id: str, *, state: State | None, before: int | None, limit: int
    ) -> Sequence[Contribution]:
        with reachable():
            rows = await self._pool.fetch(_LIST, pilot_id, state, before, limit)
        return [_contribution(row) for row in rows]

    async def counts(self, pilot_id: str) -> Counts:
        with reachable():
            row = await self._pool.fetchrow(_COUNTS, pilot_id)
        assert row is not None, "an aggregate has one row"
        return Counts(**row)

    async def moderate(
        self,
        pilot_id: str,
        number: int,
        moderation: Moderation,
        *,
        revision: int,
        by: Signatory,
        at: datetime,
    ) -> Contribution:
        with reachable():
            async with transaction(self._pool) as connection:
                row = await connection.fetchrow(_ONE, pilot_id, number)
                if row is None:
                    raise Refusal("not_found", f"Ce pilote n'a pas d'avis n° {number}.")
                if row["revision"] != revision:
                    raise moderated_meanwhile(_contribution(row), revision)
                if moderation.state == "published" and not row["said"]:
                    raise Refusal("gone", "Le texte de cet avis est effacé : il ne se publie plus.")
                row = await connection.fetchrow(
                    _SETTLE,
                    number,
                    moderation.state,
                    moderation.answer,
                    moderation.reason,
                    at,
                    by.subject,
                    by.role,
                    moderation.erases_text,
                )
        return _contribution(row)


def _contribution(row: Any) -> Contribution:
    return Contribution(
        number=row["contribution_id"],
        text=row["said"],
        received_on=row["received_on"],
        revision=row["revision"],
        state=row["state"],
        answer=row["answer"],
        reason=row["reason"],
        answered_at=row["answered_at"],
        answered_as=row["answered_as"],
    )
