"""The record in PostgreSQL."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

import asyncpg

from pilotes.record.adapters.decision_signing import DecisionSigner
from pilotes.record.adapters.locked_pilot import LapseConsents, PostgresPilotChange
from pilotes.record.adapters.rows import (
    DECISIONS,
    EVIDENCE,
    LAST_NOTICE,
    MEMBERS,
    PILOTS,
    PROPOSAL,
    PROTOCOLS,
    SURVEYS,
    description_json,
    entry_of,
    evidence_of,
    membership_of,
    pilot_of,
    processing_json,
    proposal_of,
    protocol_of,
    survey_scores_of,
)
from pilotes.record.adapters.salts import Salts
from pilotes.record.domain.decisions import ChainEntry, DecisionType
from pilotes.record.domain.evidence import Evidence
from pilotes.record.domain.notice import Notice, parse_notice
from pilotes.record.domain.pilot import Pilot, PilotId
from pilotes.record.domain.roles import Member
from pilotes.record.domain.survey_sources import SurveyScores
from pilotes.record.ports import Membership, PilotChange, PilotQuery, Proposal, ProtocolVersion
from socle.errors import Refusal
from socle.outbox import Outbox
from socle.postgres import Connection, Pool, reachable, transaction

_CREATE = """
INSERT INTO pilot (pilot_id, revision, stage, paused, field, title, description, processing, salt,
    created_at, changed_at, changed_by)
VALUES ($1, $2, $3, false, $4, $5, $6, $7, $8, $9, $9, $10)"""
_LISTED = """
WHERE pilot_id > $1 AND ($2 OR trial_at IS NOT NULL OR pilot_id = ANY($3))
    AND ($4::text IS NULL OR stage = $4) AND ($5::text IS NULL OR field = $5)
ORDER BY pilot_id LIMIT $6"""
_OF_PILOT = """
WHERE pilot_id = $1 AND number > $2 AND ($4::text IS NULL OR kind = $4)
ORDER BY number LIMIT $3"""
_LAST_DECIDED_AT = "SELECT max(at) AS at FROM decision WHERE pilot_id = $1 AND kind = ANY($2)"
_LOCK = PILOTS + " WHERE pilot_id = $1 FOR UPDATE"


class PostgresRecords:
    """Implements `Records`."""

    def __init__(
        self,
        pool: Pool,
        outbox: Outbox,
        signer: DecisionSigner,
        salts: Salts,
        *,
        lapse_consents: LapseConsents,
    ) -> None:
        self._pool, self._outbox = pool, outbox
        self._signer, self._salts = signer, salts
        self._lapse_consents = lapse_consents

    @asynccontextmanager
    async def create(self, pilot: Pilot) -> AsyncIterator[PilotChange]:
        with reachable():
            async with transaction(self._pool) as connection:
                try:
                    await connection.execute(
                        _CREATE,
                        pilot.id,
                        pilot.revision,
                        pilot.stage,
                        pilot.field,
                        pilot.title,
                        description_json(pilot.description),
                        processing_json(pilot.processing),
                        self._salts.new(pilot.id),
                        pilot.created_at,
                        pilot.changed_by,
                    )
                except asyncpg.UniqueViolationError:
                    raise Refusal(
                        "conflict",
                        f"Un pilote porte déjà le nom {pilot.id} : choisissez-en un autre.",
                    ) from None
                yield self._pilot_change(connection, pilot)

    @asynccontextmanager
    async def lock(self, pilot_id: PilotId) -> AsyncIterator[PilotChange]:
        with reachable():
            async with transaction(self._pool) as connection:
                row = await connection.fetchrow(_LOCK, pilot_id)
                if row is None:
                    raise Refusal("not_found", f"Aucun pilote ne porte le nom {pilot_id}.")
                yield self._pilot_change(connection, pilot_of(row))

    async def find(self, pilot_id: PilotId) -> Pilot | None:
        with reachable():
            row = await self._pool.fetchrow(PILOTS + " WHERE pilot_id = $1", pilot_id)
        return None if row is None else pilot_of(row)

    async def list_pilots(self, query: PilotQuery) -> Sequence[Pilot]:
        rows = await self._fetch(
            PILOTS + _LISTED,
            query.after,
            query.all,
            list(query.known),
            query.stage,
            query.field,
            query.limit,
        )
        return [pilot_of(row) for row in rows]

    async def roles_of(self, subject: str) -> Mapping[PilotId, Member]:
        rows = await self._fetch(
            "SELECT pilot_id, role FROM membership WHERE subject = $1", subject
        )
        return {row["pilot_id"]: row["role"] for row in rows}

    async def list_protocols(self, pilot_id: PilotId) -> Sequence[ProtocolVersion]:
        rows = await self._fetch(
            PROTOCOLS + " WHERE pilot_id = $1 ORDER BY version",
            pilot_id,
        )
        return [protocol_of(row) for row in rows]

    async def find_salt(self, pilot_id: PilotId) -> bytes | None:
        rows = await self._fetch(
            "SELECT salt FROM pilot WHERE pilot_id = $1 AND salt IS NOT NULL", pilot_id
        )
        return self._salts.open(pilot_id, rows[0]["salt"]) if rows else None

    async def list_evidence(self, pilot_id: PilotId) -> Sequence[Evidence]:
        rows = await self._fetch(
            EVIDENCE + " WHERE pilot_id = $1 ORDER BY evidence_id",
            pilot_id,
        )
        return [evidence_of(row) for row in rows]

    async def list_members(self, pilot_id: PilotId) -> Sequence[Membership]:
        rows = await self._fetch(
            MEMBERS + " WHERE pilot_id = $1 ORDER BY subject",
            pilot_id,
        )
        return [membership_of(row) for row in rows]

    async def find_notice(self, pilot_id: PilotId) -> Notice | None:
        rows = await self._fetch(LAST_NOTICE, pilot_id)
        return parse_notice(rows[0]["content"]) if rows else None

    async def survey_scores(self, pilot_id: PilotId) -> SurveyScores:
        return survey_scores_of(await self._fetch(SURVEYS, pilot_id))

    async def find_proposal(self, pilot_id: PilotId) -> Proposal | None:
        rows = await self._fetch(PROPOSAL, pilot_id)
        return proposal_of(rows[0]) if rows else None

    async def list_decisions(
        self, pilot_id: PilotId, *, after: int, limit: int, only: DecisionType | None = None
    ) -> Sequence[ChainEntry]:
        rows = await self._fetch(DECISIONS + _OF_PILOT, pilot_id, after, limit, only)
        return [entry_of(row) for row in rows]

    async def last_decided_at(
        self, pilot_id: PilotId, types: Collection[DecisionType]
    ) -> datetime | None:
        rows = await self._fetch(_LAST_DECIDED_AT, pilot_id, list(types))
        found: datetime | None = rows[0]["at"]
        return found

    async def last_decision(self) -> ChainEntry | None:
        rows = await self._fetch(DECISIONS + " ORDER BY number DESC LIMIT 1")
        return entry_of(rows[0]) if rows else None

    def _pilot_change(self, connection: Connection, pilot: Pilot) -> PostgresPilotChange:
        return PostgresPilotChange(
            connection,
            pilot,
            outbox=self._outbox,
            signer=self._signer,
            salts=self._salts,
            lapse_consents=self._lapse_consents,
        )

    async def _fetch(self, statement: str, *arguments: object) -> list[asyncpg.Record]:
        with reachable():
            found: list[asyncpg.Record] = await self._pool.fetch(statement, *arguments)
            return found
