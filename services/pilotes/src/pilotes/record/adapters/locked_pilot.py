"""One pilot in a transaction: its changes, its decisions and its announcements to the gateway.

The row of the pilot is locked first: two changes of one pilot wait for each other, and their
announcements are published in their order.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from pilotes.events import ConsentV1, PilotV1
from pilotes.identity.domain.person import pseudonym_of
from pilotes.record.adapters.decision_signing import DecisionSigner
from pilotes.record.adapters.notice_store import insert_notice
from pilotes.record.adapters.pilot_announcement import pilot_event
from pilotes.record.adapters.rows import (
    EVIDENCE,
    LAST_NOTICE,
    MEMBERS,
    PROPOSAL,
    PROTOCOLS,
    SURVEYS,
    description_json,
    evidence_of,
    membership_of,
    processing_json,
    proposal_of,
    protocol_json,
    protocol_of,
    survey_scores_of,
)
from pilotes.record.adapters.salts import Salts
from pilotes.record.adapters.statements import (
    ADD_EVIDENCE,
    AGREED,
    CLOSE,
    LOCK_CHAIN,
    PROPOSE,
    SAVE,
    SET_MEMBER,
    SETTLE_ROLE_INVITATION,
    WRITE_PROTOCOL,
)
from pilotes.record.domain.decisions import GENESIS, ChainEntry, Decision, json_digest
from pilotes.record.domain.evidence import Evidence, EvidenceType
from pilotes.record.domain.notice import Notice, parse_notice
from pilotes.record.domain.pilot import Pilot, Processing
from pilotes.record.domain.protocol import Protocol
from pilotes.record.domain.role_invitations import InvitationState
from pilotes.record.domain.stages import BEFORE_TRIAL
from pilotes.record.domain.survey_sources import SurveyScores
from pilotes.record.ports import Membership, NewEvidence, Proposal, ProtocolVersion
from socle.events import Tombstone
from socle.outbox import Outbox
from socle.postgres import Connection

LapseConsents = Callable[
    [Connection, str, datetime, bytes | None, bool], Awaitable[Sequence[bytes]]
]
"""Ends what the active consents of a pilot (its id) cover from an instant on, in the caller's
transaction, of one pseudonym or of all; whether they are observed afresh. Returns the
pseudonyms."""


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
        lapse_consents: LapseConsents,
    ) -> None:
        self._connection, self._pilot = connection, pilot
        self._outbox, self._signer, self._salts = outbox, signer, salts
        self._lapse_consents = lapse_consents

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

    async def notice(self) -> Notice | None:
        content = await self._connection.fetchval(LAST_NOTICE, self._pilot.id)
        return None if content is None else parse_notice(content)

    async def survey_scores(self) -> SurveyScores:
        return survey_scores_of(await self._connection.fetch(SURVEYS, self._pilot.id))

    async def proposal(self) -> Proposal | None:
        row = await self._connection.fetchrow(PROPOSAL, self._pilot.id)
        return None if row is None else proposal_of(row)

    async def propose(
        self, protocol: Protocol, processing: Processing, *, reason: str, at: datetime, by: str
    ) -> Proposal:
        content = protocol_json(protocol)
        found = Proposal(protocol, json_digest(content), processing, reason, at, by)
        entry = processing_json(processing)
        await self._connection.execute(
            PROPOSE, self._pilot.id, content, found.digest, entry, reason, at, by
        )
        return found

    async def drop_proposal(self) -> None:
        await self._connection.execute("DELETE FROM amendment WHERE pilot_id = $1", self._pilot.id)

    async def lapse_consents(
        self, at: datetime, *, subject: str | None = None, afresh: bool = True
    ) -> None:
        salt = None if subject is None else await self._salt()
        pseudonym = None if salt is None else bytes.fromhex(pseudonym_of(salt, subject or ""))
        await self._forget_consents(
            await self._lapse_consents(self._connection, self._pilot.id, at, pseudonym, afresh)
        )

    async def save(self, pilot: Pilot) -> Pilot:
        saved = replace(pilot, revision=self._pilot.revision + 1)
        await self._connection.execute(
            SAVE,
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
            saved.pause_reason,
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
            WRITE_PROTOCOL,
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
            ADD_EVIDENCE,
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
            SET_MEMBER,
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

    async def settle_role_invitation(
        self, invitation_id: str, state: InvitationState, at: datetime
    ) -> bool:
        settled = await self._connection.fetchval(
            SETTLE_ROLE_INVITATION, self._pilot.id, invitation_id, state, at
        )
        return bool(settled)

    async def add_decision(self, decision: Decision) -> ChainEntry:
        await self._connection.execute(LOCK_CHAIN)
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
        for statement in CLOSE:
            await self._connection.execute(statement, self._pilot.id)
        # The outbox can still contain earlier announcements, with the salt in them.
        await self._connection.execute(
            "DELETE FROM outbox WHERE topic = $1 AND key = $2", PilotV1.topic, self._pilot.id
        )
        # The gateway does not serve a closed pilot: it needs its consents no longer.
        agreed = await self._connection.fetch(AGREED, self._pilot.id)
        await self._forget_consents(row["pseudonym"] for row in agreed)
        self._pilot = replace(self._pilot, salted=False)

    async def _forget_consents(self, pseudonyms: Iterable[bytes]) -> None:
        """Make the gateway delete those consents."""
        await self._outbox.announce(
            self._connection,
            *(Tombstone(ConsentV1, f"{self._pilot.id}:{each.hex()}") for each in pseudonyms),
        )

    async def _announce(self) -> None:
        """Announce the pilot to the gateway, from its trial on; the salt only while the gateway
        needs it. A closed pilot is announced as a tombstone."""
        pilot, written = self._pilot, await self.protocol()
        if pilot.stage == "closed":
            await self._outbox.announce(self._connection, Tombstone(PilotV1, pilot.id))
        if written is None or pilot.stage == "closed" or pilot.stage in BEFORE_TRIAL:
            return
        active = pilot.state in ("running", "paused")
        event = pilot_event(pilot, written.protocol, await self._salt() if active else None)
        await self._outbox.announce(self._connection, event)

    async def _salt(self) -> bytes:
        sealed = await self._connection.fetchval(
            "SELECT salt FROM pilot WHERE pilot_id = $1", self._pilot.id
        )
        return self._salts.open(self._pilot.id, sealed)
