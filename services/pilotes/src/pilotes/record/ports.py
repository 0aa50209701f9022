"""What the flows of the record need of the database and the bus."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from pilotes.record.domain.decision_replay import PilotState
from pilotes.record.domain.decisions import ChainEntry, Decision
from pilotes.record.domain.evidence import Evidence, EvidenceType
from pilotes.record.domain.notice import Notice
from pilotes.record.domain.pilot import Field, Pilot, PilotId
from pilotes.record.domain.protocol import Protocol as TrialProtocol
from pilotes.record.domain.roles import Member
from pilotes.record.domain.stages import Stage


@dataclass(frozen=True, slots=True)
class ProtocolVersion:
    """A stored version of a protocol."""

    protocol: TrialProtocol
    digest: str
    """Of its content."""
    reason: str
    """Of an amendment; empty otherwise."""
    written_at: datetime
    written_by: str
    frozen_at: datetime | None
    """None for a draft."""

    @property
    def frozen(self) -> bool:
        """Whether the version cannot change any more."""
        return self.frozen_at is not None


@dataclass(frozen=True, slots=True)
class Membership:
    """A role that a person holds in one pilot."""

    subject: str
    role: Member
    name: str
    """The name that the team uses."""
    given_at: datetime
    given_by: str


@dataclass(frozen=True, slots=True)
class NewEvidence:
    """A piece of evidence to be stored. `content`: JSON-ready."""

    kind: EvidenceType
    protocol_version: int | None
    content: Mapping[str, Any]
    given_at: datetime
    given_by: str
    given_as: str


@dataclass(frozen=True, slots=True)
class PilotQuery:
    """Which pilots to list, in the order of their ids."""

    all: bool
    """Unpublished pilots too; otherwise, of those, only `known`."""
    known: tuple[str, ...] = ()
    stage: Stage | None = None
    """None: any."""
    field: Field | None = None
    """None: any."""
    after: str = ""
    """The last id of the previous page."""
    limit: int = 100


class PilotChange(Protocol):
    """One pilot in a transaction that locks it; it is committed or rolled back as one."""

    @property
    def pilot(self) -> Pilot:
        """The pilot as it is within the transaction."""
        ...

    async def protocol(self) -> ProtocolVersion | None:
        """The version in force; None before the first."""
        ...

    async def evidence(self) -> Mapping[EvidenceType, Evidence]:
        """The latest piece of each kind."""
        ...

    async def members(self) -> Sequence[Membership]:
        """The roles held in the pilot."""
        ...

    async def notice_arms(self) -> Sequence[str] | None:
        """The arms that the notice in force describes; None before the first notice."""
        ...

    async def save(self, pilot: Pilot) -> Pilot:
        """Save the pilot at its next revision and announce it to the gateway. Returns what is
        stored."""
        ...

    async def write_protocol(
        self, protocol: TrialProtocol, *, reason: str, at: datetime, by: str, frozen: bool
    ) -> ProtocolVersion:
        """Save that version, in place of its draft. Raises where the version is frozen."""
        ...

    async def add_evidence(self, draft: NewEvidence) -> Evidence:
        """Store a piece of evidence. It is never changed."""
        ...

    async def publish_notice(self, notice: Notice, *, at: datetime, by: str) -> None:
        """Store the version that people read from now on. Raises Refusal where it exists."""
        ...

    async def set_member(self, membership: Membership) -> None:
        """Give a role, in place of the one that person held."""
        ...

    async def remove_member(self, subject: str) -> bool:
        """Remove a role. Returns whether there was one."""
        ...

    async def add_decision(self, decision: Decision) -> ChainEntry:
        """Sign the decision and append it to the chain."""
        ...

    async def destroy_salt(self) -> None:
        """Delete the salt from the database and the outbox, and announce that the consents are
        gone."""
        ...


class Records(Protocol):
    """The store of pilots. A change and its announcement share a transaction."""

    def create(self, pilot: Pilot) -> AbstractAsyncContextManager[PilotChange]:
        """A new pilot with its own salt. Raises Refusal where that id is taken."""
        ...

    def lock(self, pilot_id: PilotId) -> AbstractAsyncContextManager[PilotChange]:
        """Lock a pilot. Raises Refusal where there is none."""
        ...

    async def find(self, pilot_id: PilotId) -> Pilot | None:
        """One pilot."""
        ...

    async def list_pilots(self, query: PilotQuery) -> Sequence[Pilot]:
        """In the order of their ids."""
        ...

    async def roles_of(self, subject: str) -> Mapping[PilotId, Member]:
        """The roles that a person holds, by pilot."""
        ...

    async def list_protocols(self, pilot_id: PilotId) -> Sequence[ProtocolVersion]:
        """Every version, the first one first."""
        ...

    async def list_evidence(self, pilot_id: PilotId) -> Sequence[Evidence]:
        """Every piece, the first one first."""
        ...

    async def list_members(self, pilot_id: PilotId) -> Sequence[Membership]:
        """The roles held in a pilot."""
        ...

    async def notice_arms(self, pilot_id: PilotId) -> Sequence[str] | None:
        """The arms that the notice in force describes; None before the first notice."""
        ...

    async def list_decisions(
        self, pilot_id: PilotId, *, after: int, limit: int
    ) -> Sequence[ChainEntry]:
        """Decisions of one pilot with a number greater than `after`, in order."""
        ...

    async def last_decision(self) -> ChainEntry | None:
        """The head of the chain of all pilots."""
        ...


class Notices(Protocol):
    """Every version of every notice."""

    async def find(self, pilot_id: str, version: str) -> Notice | None:
        """One version."""
        ...


@dataclass(frozen=True, slots=True)
class Ledger:
    """The complete chain in order, and the stored state of each pilot, its digests calculated
    anew."""

    chain: Sequence[ChainEntry]
    stored: Mapping[str, PilotState]


@dataclass(frozen=True, slots=True)
class SaltTraceCounts:
    """Where a pilot's salt can still be found."""

    in_database: bool
    outbox_rows: int
    bus_records: int
    """Records of the topic that contain the salt, until it is compacted."""
    bus_deleted: bool
    """Whether the last record of the pilot has no salt."""


class Ledgers(Protocol):
    """Reads the complete ledger."""

    async def read(self) -> Ledger:
        """The ledger at one instant."""
        ...


class SaltTraces(Protocol):
    """Searches for salts that should be deleted."""

    async def count(self, pilot_id: PilotId) -> SaltTraceCounts:
        """Every trace of a pilot's salt. Raises Retry where the bus or the database is
        unavailable."""
        ...
