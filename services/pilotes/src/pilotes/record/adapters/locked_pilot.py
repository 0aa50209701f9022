"""One pilot in a transaction: its changes, its decisions and its announcements to the gateway.

The row of the pilot is locked first: two changes of one pilot wait for each other, and their
announcements are published in their order.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from pilotes.events import ConsentV1, PilotArm, PilotV1
from pilotes.record.adapters.decision_signing import DecisionSigner
from pilotes.record.adapters.notice_store import insert_notice
from pilotes.record.adapters.rows import (
    EVIDENCE,
    MEMBERS,
    NOTICE_ARMS,
    PROTOCOLS,
    description_json,
    evidence_of,
    membership_of,
    processing_json,
    protocol_json,
    protocol_of,
)
from pilotes.record.adapters.salts import Salts
from pilotes.record.domain.decisions import GENESIS, ChainEntry, Decision, json_digest
from pilotes.record.domain.evidence import Evidence, EvidenceType
from pilotes.record.domain.notice import Notice
from pilotes.record.domain.pilot import Pilot
from pilotes.record.domain.protocol import Protocol
from pilotes.record.domain.stages import BEFORE_TRIAL
from pilotes.record.ports import Membership, NewEvidence, ProtocolVersion
from socle.events import Tombstone
from socle.outbox import Outbox
from socle.postgres import Connection

# One decision at a time, across all pilots: each contains the hash of the previous one.
_LOCK_CHAIN: Final = "SELECT pg_advisory_xact_lock(hashtextextended('pilotes.decisions', 0))"
_SAVE: Final = """
UPDATE pilot SET revision = $2, stage = $3, paused = $4, field = $5, title = $6, description = $7,
    processing = $8, protocol_version = $9, changed_at = $10, changed_by = $11, trial_at = $12,
    closed_at = $13, finished_at = $14
WHERE pilot_id = $1"""
_WRITE_PROTOCOL: Final = """
INSERT INTO protocol (pilot_id, version, content, digest, reason, written_at, written_by, frozen_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (pilot_id, version) DO UPDATE SET content = excluded.content,
    digest = excluded.digest, reason = excluded.reason, written_at = excluded.written_at,
    written_by = excluded.written_by, frozen_at = excluded.frozen_at"""
_ADD_EVIDENCE: Final = """
INSERT INTO evidence (pilot_id, kind, protocol_version, content, digest, given_at, given_by,
    given_as)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING evidence_id"""
_SET_MEMBER: Final = """
INSERT INTO membership (pilot_id, subject, role, name, given_at, given_by)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (pilot_id, subject) DO UPDATE SET role = excluded.role, name = excluded.name,
    given_at = excluded.given_at, given_by = excluded.given_by"""


_AGREED: Final = "SELECT DISTINCT pseudonym FROM consent WHERE pilot_id = $1 ORDER BY pseudonym"


class PostgresPilotChange:
    """Implements `PilotChange`."""

    def __init__(
        self,
        connection: Connection,
        pilot: Pilot,
        *,
        outbox: Outbox,
        signer: DecisionSigner,
        salts: Salts,
    ) -> None:
        self._connection, self._pilot = connection, pilot
        self._outbox, self._signer, self._salts = outbox, signer, salts

    @property
    def pilot(self) -> Pilot:
        return self._pilot

    async def protocol(self) -> ProtocolVersion | None:
        row = await self._connection.fetchrow(
            PROTOCOLS + " WHERE pilot_id = $1 AND version = $2",
            self._pilot.id,
            self._pilot.protocol_version,
        )
        return None if row is None else protocol_of(row)

    async def evidence(self) -> Mapping[EvidenceType, Evidence]:
        rows = await self._connection.fetch(
            EVIDENCE + " WHERE pilot_id = $1 ORDER BY evidence_id",
            self._pilot.id,
        )
        found = [evidence_of(row) for row in rows]
        return {each.kind: each for each in found}

    async def members(self) -> Sequence[Membership]:
        rows = await self._connection.fetch(
            MEMBERS + " WHERE pilot_id = $1 ORDER BY subject",
            self._pilot.id,
        )
        return [membership_of(row) for row in rows]

    async def notice_arms(self) -> Sequence[str] | None:
        arms: Sequence[str] | None = await self._connection.fetchval(NOTICE_ARMS, self._pilot.id)
        return arms

    async def save(self, pilot: Pilot) -> Pilot:
        saved = replace(pilot, revision=self._pilot.revision + 1)
        await self._connection.execute(
            _SAVE,
            saved.id,
            saved.revision,
            saved.stage,
            saved.paused,
            saved.field,
            saved.title,
            description_json(saved.description),
            processing_json(saved.processing),
            saved.protocol_version,
            saved.changed_at,
            saved.changed_by,
            saved.trial_at,
            saved.closed_at,
            saved.finished_at,
        )
        self._pilot = saved
        await self._announce()
        return saved

    async def write_protocol(
        self, protocol: Protocol, *, reason: str, at: datetime, by: str, frozen: bool
    ) -> ProtocolVersion:
        content = protocol_json(protocol)
        written = ProtocolVersion(
            protocol, json_digest(content), reason, at, by, at if frozen else None
        )
        await self._connection.execute(
            _WRITE_PROTOCOL,
            self._pilot.id,
            protocol.version,
            content,
            written.digest,
            reason,
            at,
            by,
            written.frozen_at,
        )
        return written

    async def add_evidence(self, draft: NewEvidence) -> Evidence:
        about = {
            "kind": draft.kind,
            "protocol_version": draft.protocol_version,
            "content": draft.content,
        }
        digest = json_digest(about)
        number = await self._connection.fetchval(
            _ADD_EVIDENCE,
            self._pilot.id,
            draft.kind,
            draft.protocol_version,
            draft.content,
            digest,
            draft.given_at,
            draft.given_by,
            draft.given_as,
        )
        return Evidence(
            number,
            draft.kind,
            draft.protocol_version,
            draft.content,
            digest,
            draft.given_at,
            draft.given_by,
            draft.given_as,
        )

    async def publish_notice(self, notice: Notice, *, at: datetime, by: str) -> None:
        await insert_notice(self._connection, notice, at=at, by=by)

    async def set_member(self, membership: Membership) -> None:
        await self._connection.execute(
            _SET_MEMBER,
            self._pilot.id,
            membership.subject,
            membership.role,
            membership.name,
            membership.given_at,
            membership.given_by,
        )

    async def remove_member(self, subject: str) -> bool:
        done = await self._connection.execute(
            "DELETE FROM membership WHERE pilot_id = $1 AND subject = $2", self._pilot.id, subject
        )
        return bool(done == "DELETE 1")

    async def add_decision(self, decision: Decision) -> ChainEntry:
        await self._connection.execute(_LOCK_CHAIN)
        last = await self._connection.fetchrow(
            "SELECT number, hash FROM decision ORDER BY number DESC LIMIT 1"
        )
        number, previous = (last["number"], last["hash"]) if last else (0, GENESIS)
        entry = self._signer.sign(decision, number=number + 1, previous=previous)
        await self._connection.execute(
            "INSERT INTO decision (number, pilot_id, kind, at, jws, previous, hash)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
            entry.number,
            entry.pilot_id,
            entry.kind,
            entry.at,
            entry.jws,
            entry.previous,
            entry.hash,
        )
        return entry

    async def destroy_salt(self) -> None:
        await self._connection.execute(
            "UPDATE pilot SET salt = NULL WHERE pilot_id = $1", self._pilot.id
        )
        # The outbox can still contain earlier announcements, with the salt in them.
        await self._connection.execute(
            "DELETE FROM outbox WHERE topic = $1 AND key = $2", PilotV1.topic, self._pilot.id
        )
        # The gateway does not serve a closed pilot: it needs its consents no longer.
        agreed = await self._connection.fetch(_AGREED, self._pilot.id)
        await self._outbox.announce(
            self._connection,
            *(Tombstone(ConsentV1, f"{self._pilot.id}:{row['pseudonym'].hex()}") for row in agreed),
        )
        self._pilot = replace(self._pilot, salted=False)

    async def _announce(self) -> None:
        """Announce the pilot to the gateway, from its trial on; the salt only while the gateway
        needs it. A closed pilot is announced as a tombstone."""
        pilot, written = self._pilot, await self.protocol()
        if pilot.stage == "closed":
            await self._outbox.announce(self._connection, Tombstone(PilotV1, pilot.id))
        if written is None or pilot.stage == "closed" or pilot.stage in BEFORE_TRIAL:
            return
        protocol = written.protocol
        active = pilot.state in ("running", "paused")
        await self._outbox.announce(
            self._connection,
            PilotV1(
                pilot_id=pilot.id,
                title=pilot.title,
                state=pilot.state,
                arms=tuple(PilotArm(name=arm.name, weight=arm.weight) for arm in protocol.arms),
                control=protocol.control,
                salt=_encoded(await self._salt()) if active else None,
                routes=protocol.routes,
                starts_at=protocol.starts_at,
                ends_at=protocol.ends_at,
            ),
        )

    async def _salt(self) -> bytes:
        sealed = await self._connection.fetchval(
            "SELECT salt FROM pilot WHERE pilot_id = $1", self._pilot.id
        )
        return self._salts.open(self._pilot.id, sealed)


def _encoded(salt: bytes) -> str:
    return base64.urlsafe_b64encode(salt).decode().rstrip("=")
