"""What the flows of the record need of the database and the bus."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from pilotes.record.domain.decision_replay import PilotState
from pilotes.record.domain.decisions import ChainEntry, Decision, DecisionType
from pilotes.record.domain.evidence import Evidence, EvidenceType
from pilotes.record.domain.notice import Notice
from pilotes.record.domain.pilot import Field, Pilot, PilotId, Processing
from pilotes.record.domain.protocol import Protocol as TrialProtocol
from pilotes.record.domain.role_invitations import InvitationState
from pilotes.record.domain.roles import Member
from pilotes.record.domain.salt_copies import SaltTraceCounts
from pilotes.record.domain.stages import Stage
from pilotes.record.domain.survey_sources import SurveyScores


@dataclass(frozen=True, slots=True)
class ProtocolVersion:
    """A stored version of a protocol."""

    protocol: TrialProtocol
    digest: str
    """SHA-256 of its content, in hexadecimal."""
    reason: str
    """The reason of an amendment; empty otherwise."""
    written_at: datetime
    written_by: str
    """The subject of its author."""
    frozen_at: datetime | None
    """None for a draft."""

    @property
    def frozen(self) -> bool:
        """Whether the version cannot change any more."""
        return self.frozen_at is not None


@dataclass(frozen=True, slots=True)
class Proposal:
    """An amendment that is not in force yet. A pilot has one at most."""

    protocol: TrialProtocol
    """With the number of the version that it will become."""
    digest: str
    """SHA-256 of the content of the protocol, in hexadecimal."""
    processing: Processing
    """The entry of the register that applies with it. Its contact is empty if the amendment does
    not change it: it can be corrected before the amendment is in force."""
    reason: str
    proposed_at: datetime
    proposed_by: str
    """The subject of its author."""


@dataclass(frozen=True, slots=True)
class Membership:
    """A role that a person holds in one pilot."""

    subject: str
    role: Member
    name: str
    """The name that the team uses for them."""
    given_at: datetime
    given_by: str
    """The subject of the person who gave the role."""


@dataclass(frozen=True, slots=True)
class NewEvidence:
    """A piece of evidence to be stored. Fields as in `Evidence`."""

    kind: EvidenceType
    protocol_version: int | None
    content: Mapping[str, Any]
    given_at: datetime
    given_by: str
    given_as: str


@dataclass(frozen=True, slots=True)
class PilotQuery:
    """Which pilots to list."""

    all: bool
    """Whether to list every unpublished pilot; otherwise only those in `known`. Published pilots
    are always listed."""
    known: tuple[str, ...] = ()
    """Ids of pilots in which the caller has a role."""
    stage: Stage | None = None
    """None: any."""
    field: Field | None = None
    """None: any."""
    after: str = ""
    """The last id of the previous page."""
    limit: int = 100


class PilotChange(Protocol):
    """One pilot, locked in a transaction that commits or rolls back all changes together."""

    @property
    def pilot(self) -> Pilot:
        """The pilot as it is within the transaction."""
        ...

    async def protocol(self) -> ProtocolVersion | None:
        """The version in force; None before the first."""
        ...

    async def evidence(self) -> Mapping[EvidenceType, Evidence]:
        """The latest piece of each type."""
        ...

    async def members(self) -> Sequence[Membership]:
        """The memberships of the pilot."""
        ...

    async def notice(self) -> Notice | None:
        """The notice in force; None before the first one."""
        ...

    async def survey_scores(self) -> SurveyScores:
        """The scores of the questionnaires that are written."""
        ...

    async def proposal(self) -> Proposal | None:
        """The proposed amendment; None without one."""
        ...

    async def propose(
        self, protocol: TrialProtocol, processing: Processing, *, reason: str, at: datetime, by: str
    ) -> Proposal:
        """Store a proposed amendment, in place of the former one."""
        ...

    async def drop_proposal(self) -> None:
        """Remove the proposed amendment, if any."""
        ...

    async def lapse_consents(
        self, at: datetime, *, subject: str | None = None, afresh: bool = True
    ) -> None:
        """End what the active consents cover, and announce it to the gateway. `afresh`: people who
        are not disclosed yet are observed anew once they consent again. `subject`: of one person;
        None: everybody."""
        ...

    async def save(self, pilot: Pilot) -> Pilot:
        """Store the pilot at its next revision and announce it to the gateway. Returns it as
        stored."""
        ...

    async def write_protocol(
        self, protocol: TrialProtocol, *, reason: str, at: datetime, by: str, frozen: bool
    ) -> ProtocolVersion:
        """Store that version, in place of its draft, if any. Callers check that the stored one is
        not frozen."""
        ...

    async def add_evidence(self, draft: NewEvidence) -> Evidence:
        """Store a piece of evidence. It is never changed."""
        ...

    async def publish_notice(self, notice: Notice, *, at: datetime, by: str) -> None:
        """Store the version that people read from now on. Raises Refusal if it exists."""
        ...

    async def set_member(self, membership: Membership) -> None:
        """Store a membership, in place of the one that person had."""
        ...

    async def settle_role_invitation(
        self, invitation_id: str, state: InvitationState, at: datetime
    ) -> bool:
        """Settle an invitation of the pilot that is open at that instant. Returns whether it was
        one."""
        ...

    async def remove_member(self, subject: str) -> bool:
        """Remove a person's membership. Returns whether there was one."""
        ...

    async def add_decision(self, decision: Decision) -> ChainEntry:
        """Sign the decision and append it to the chain."""
        ...

    async def destroy_salt(self) -> None:
        """Delete the salt from the database and the outbox, and announce tombstones of the pilot's
        consents."""
        ...


class Records(Protocol):
    """The store of pilots. A change and its announcement share a transaction."""

    def create(self, pilot: Pilot) -> AbstractAsyncContextManager[PilotChange]:
        """Create a pilot with a new salt. Raises Refusal if that id is taken."""
        ...

    def lock(self, pilot_id: PilotId) -> AbstractAsyncContextManager[PilotChange]:
        """Lock a pilot. Raises Refusal if there is none of that id."""
        ...

    async def find(self, pilot_id: PilotId) -> Pilot | None:
        """The pilot; None if there is none of that id."""
        ...

    async def list_pilots(self, query: PilotQuery) -> Sequence[Pilot]:
        """The pilots that match, in the order of their ids."""
        ...

    async def roles_of(self, subject: str) -> Mapping[PilotId, Member]:
        """The roles that a person holds, by pilot."""
        ...

    async def list_protocols(self, pilot_id: PilotId) -> Sequence[ProtocolVersion]:
        """Every version, the first one first."""
        ...

    async def find_salt(self, pilot_id: PilotId) -> bytes | None:
        """The salt of a pilot; None once it is destroyed, or if there is none of that id."""
        ...

    async def list_evidence(self, pilot_id: PilotId) -> Sequence[Evidence]:
        """Every piece, the first one first."""
        ...

    async def list_members(self, pilot_id: PilotId) -> Sequence[Membership]:
        """The memberships of a pilot."""
        ...

    async def find_notice(self, pilot_id: PilotId) -> Notice | None:
        """The notice in force; None before the first one."""
        ...

    async def survey_scores(self, pilot_id: PilotId) -> SurveyScores:
        """The scores of the questionnaires that are written."""
        ...

    async def find_proposal(self, pilot_id: PilotId) -> Proposal | None:
        """The proposed amendment of a pilot; None without one."""
        ...

    async def list_decisions(
        self, pilot_id: PilotId, *, after: int, limit: int, only: DecisionType | None = None
    ) -> Sequence[ChainEntry]:
        """At most `limit` decisions of one pilot with a number greater than `after`, in order.
        `only`: of this type; None: of all types."""
        ...

    async def last_decided_at(
        self, pilot_id: PilotId, types: Collection[DecisionType]
    ) -> datetime | None:
        """When the last decision of those types was signed in a pilot; None without one."""
        ...

    async def last_decision(self) -> ChainEntry | None:
        """The last decision of all pilots; None before the first."""
        ...


class Notices(Protocol):
    """The store of notices, with every version."""

    async def find(self, pilot_id: str, version: str) -> Notice | None:
        """That version of a pilot's notice; None if there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Ledger:
    """The complete record, for its verification."""

    chain: Sequence[ChainEntry]
    """All entries, in the order of their numbers."""
    stored: Mapping[str, PilotState]
    """By pilot id, its state in the database, with digests calculated from the stored data."""


class Ledgers(Protocol):
    """Reads the complete ledger."""

    async def read(self) -> Ledger:
        """The ledger, read in one snapshot."""
        ...


class SaltTraces(Protocol):
    """Searches for salts that should be deleted."""

    async def count(self, pilot_id: PilotId) -> SaltTraceCounts:
        """Count the copies of a pilot's salt. Raises Retry if the bus or the database is
        unavailable."""
        ...
