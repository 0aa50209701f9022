"""What the flows of the record ask of the outside."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from pilotes.record.domain.decision_replay import Standing
from pilotes.record.domain.decisions import Entry, Said
from pilotes.record.domain.evidence import Evidence, EvidenceKind
from pilotes.record.domain.notice import Notice
from pilotes.record.domain.pilot import Field, Pilot, PilotId
from pilotes.record.domain.protocol import Protocol as TrialProtocol
from pilotes.record.domain.roles import Member
from pilotes.record.domain.stages import Stage


@dataclass(frozen=True, slots=True)
class WrittenProtocol:
    """One version as it is kept. `digest`: of its content; `reason`: of an amendment, else empty;
    `frozen_at`: None while it may still be written."""

    protocol: TrialProtocol
    digest: str
    reason: str
    written_at: datetime
    written_by: str
    frozen_at: datetime | None

    @property
    def frozen(self) -> bool:
        """Whether it stays as it is."""
        return self.frozen_at is not None


@dataclass(frozen=True, slots=True)
class Membership:
    """A role somebody holds in one pilot. `name`: how the others call them."""

    subject: str
    role: Member
    name: str
    given_at: datetime
    given_by: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A piece of evidence to be kept. `content`: JSON-ready."""

    kind: EvidenceKind
    protocol_version: int | None
    content: Mapping[str, Any]
    given_at: datetime
    given_by: str
    given_as: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Which pilots are asked for: those whose id comes after, `limit` at most. `all`: those too
    that not everybody knows; else only `known` of them. `stage`, `field`: None for any."""

    all: bool
    known: tuple[str, ...] = ()
    stage: Stage | None = None
    field: Field | None = None
    after: str = ""
    limit: int = 100


class Change(Protocol):
    """One pilot, held: nobody else changes it until the end, when all is kept or nothing."""

    @property
    def pilot(self) -> Pilot:
        """As it is when it is held."""
        ...

    async def protocol(self) -> WrittenProtocol | None:
        """The version in force; None before the first."""
        ...

    async def evidence(self) -> Mapping[EvidenceKind, Evidence]:
        """The latest piece of each kind."""
        ...

    async def members(self) -> Sequence[Membership]:
        """Who holds which role in it."""
        ...

    async def told_arms(self) -> Sequence[str] | None:
        """The arms that its notice in force tells people of; None before the first."""
        ...

    async def save(self, pilot: Pilot) -> Pilot:
        """Keep it at its next revision, and tell the gateway. Returns it as it is kept."""
        ...

    async def write_protocol(
        self, protocol: TrialProtocol, *, reason: str, at: datetime, by: str, frozen: bool
    ) -> WrittenProtocol:
        """Keep that version, in the place of what was written of it. Raises where it is frozen."""
        ...

    async def give(self, draft: Draft) -> Evidence:
        """Keep a piece of evidence, for ever."""
        ...

    async def publish(self, notice: Notice, *, at: datetime, by: str) -> None:
        """From now on it is what people read. Raises Refusal where that version exists."""
        ...

    async def name(self, membership: Membership) -> None:
        """Give a role, in the place of the one that person held."""
        ...

    async def dismiss(self, subject: str) -> bool:
        """Take a role back. Whether there was one."""
        ...

    async def decide(self, said: Said) -> Entry:
        """Sign it and chain it, for ever."""
        ...

    async def destroy_salt(self) -> None:
        """Nobody can be found in it any more, here or on the bus; nor is anybody told of."""
        ...


class Records(Protocol):
    """Where pilots are kept. A change and its announcement share a transaction."""

    def create(self, pilot: Pilot) -> AbstractAsyncContextManager[Change]:
        """A new one, with a salt of its own. Raises Refusal where that id is taken."""
        ...

    def change(self, pilot_id: PilotId) -> AbstractAsyncContextManager[Change]:
        """Hold one. Raises Refusal where there is none."""
        ...

    async def find(self, pilot_id: PilotId) -> Pilot | None:
        """One of them."""
        ...

    async def list_pilots(self, asked: Asked) -> Sequence[Pilot]:
        """In the order of their ids."""
        ...

    async def roles_of(self, subject: str) -> Mapping[PilotId, Member]:
        """The roles a person holds, by pilot."""
        ...

    async def list_protocols(self, pilot_id: PilotId) -> Sequence[WrittenProtocol]:
        """Every version, the first one first."""
        ...

    async def list_evidence(self, pilot_id: PilotId) -> Sequence[Evidence]:
        """Every piece, the first one first."""
        ...

    async def list_members(self, pilot_id: PilotId) -> Sequence[Membership]:
        """Who holds which role."""
        ...

    async def told_arms(self, pilot_id: PilotId) -> Sequence[str] | None:
        """The arms that its notice in force tells people of; None before the first."""
        ...

    async def list_decisions(self, pilot_id: PilotId, *, after: int, limit: int) -> Sequence[Entry]:
        """Those of one pilot with a greater number, in their order."""
        ...

    async def last_decision(self) -> Entry | None:
        """The head of the chain of all pilots."""
        ...


class Notices(Protocol):
    """Every version of every notice."""

    async def find(self, pilot_id: str, version: str) -> Notice | None:
        """One version."""
        ...


@dataclass(frozen=True, slots=True)
class Ledger:
    """The whole chain in its order, and by pilot what is kept, digests calculated anew."""

    chain: Sequence[Entry]
    kept: Mapping[str, Standing]


@dataclass(frozen=True, slots=True)
class Traces:
    """Where a pilot's salt may still be found. `bus_records`: those of the topic that hold it,
    until it is compacted; `bus_deleted`: whether the topic's last word on the pilot has no salt."""

    in_database: bool
    outbox_rows: int
    bus_records: int
    bus_deleted: bool


class Ledgers(Protocol):
    """Reads all of it."""

    async def read(self) -> Ledger:
        """As it was at one moment."""
        ...


class SaltTraces(Protocol):
    """Looks for what must be gone."""

    async def of(self, pilot_id: PilotId) -> Traces:
        """Every trace that is left of a pilot's salt. Raises Retry where something is away."""
        ...
