"""What the flows of the record are given: where it is kept, the time, and who takes part."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from pilotes.record.domain.decisions import DecisionKind, Said, Signatory
from pilotes.record.domain.evidence import Evidence
from pilotes.record.domain.gates import Dossier
from pilotes.record.domain.pilot import Pilot, PilotId
from pilotes.record.domain.roles import Action
from pilotes.record.flows.actor import Acting, TakesPart, acting_in, at_revision, nowhere
from pilotes.record.ports import Change, Membership, Records, WrittenProtocol
from socle.auth import Caller
from socle.clock import Clock


@dataclass(frozen=True, slots=True)
class Wish:
    """A change somebody asks for. `revision`: the one they read; None: whatever it is now."""

    pilot_id: PilotId
    caller: Caller
    action: Action
    revision: int | None


@dataclass(frozen=True, slots=True)
class Held:
    """A pilot held for a change that its caller may make. `signatory`: as what."""

    change: Change
    signatory: Signatory
    now: datetime

    @property
    def pilot(self) -> Pilot:
        """As it is now in this change."""
        return self.change.pilot

    def says(self, kind: DecisionKind, **facts: object) -> Said:
        """A decision of the caller's, now."""
        return Said(self.pilot.id, kind, self.now, self.signatory, facts)

    async def save(self, pilot: Pilot) -> Pilot:
        """Keep it like that, as changed by the caller, now. Gives it at its new revision."""
        by = self.signatory.subject
        return await self.change.save(replace(pilot, changed_at=self.now, changed_by=by))

    async def dossier(self) -> Dossier:
        """All a gate looks at."""
        return dossier_of(
            self.pilot,
            await self.change.protocol(),
            (await self.change.evidence()).values(),
            await self.change.members(),
            await self.change.told_arms(),
            now=self.now,
        )


@dataclass(frozen=True, slots=True)
class Desk:
    """Where coordinators and members work."""

    records: Records
    clock: Clock
    takes_part: TakesPart

    async def look(
        self, pilot_id: PilotId, caller: Caller, personal: str | None = None
    ) -> tuple[Pilot, Acting]:
        """A pilot and what the caller is in it; `personal`: the code of whoever takes part without
        an account, where that opens something. Raises Refusal where they know of none."""
        pilot = await self.records.find(pilot_id)
        if pilot is None:
            raise nowhere(pilot_id)
        acting = await acting_in(
            pilot, caller, personal, records=self.records, takes_part=self.takes_part
        )
        return pilot, acting

    async def dossier(self, pilot: Pilot) -> Dossier:
        """All a gate would look at now, without holding anything."""
        return dossier_of(
            pilot,
            find_in_force(pilot, await self.records.list_protocols(pilot.id)),
            await self.records.list_evidence(pilot.id),
            await self.records.list_members(pilot.id),
            await self.records.told_arms(pilot.id),
            now=self.clock.now(),
        )

    @asynccontextmanager
    async def hold(self, wish: Wish) -> AsyncIterator[Held]:
        """The pilot, held, for somebody who may. Raises Refusal before anything is changed."""
        _, acting = await self.look(wish.pilot_id, wish.caller)
        signatory = acting.require(wish.action)
        async with self.records.change(wish.pilot_id) as change:
            at_revision(change, wish.revision)
            yield Held(change, signatory, self.clock.now())


def find_in_force(pilot: Pilot, versions: Sequence[WrittenProtocol]) -> WrittenProtocol | None:
    """Of the versions of its protocol, the one in force; None before the first."""
    return next((e for e in versions if e.protocol.version == pilot.protocol_version), None)


def told_of(evidence: Evidence) -> dict[str, object]:
    """A piece of evidence as a decision names it."""
    return {"id": evidence.id, "kind": evidence.kind, "digest": evidence.digest}


def dossier_of(
    pilot: Pilot,
    written: WrittenProtocol | None,
    evidence: Iterable[Evidence],
    members: Iterable[Membership],
    told_arms: Iterable[str] | None,
    *,
    now: datetime,
) -> Dossier:
    """`evidence`: in the order it was given."""
    return Dossier(
        pilot=pilot,
        protocol=written.protocol if written else None,
        frozen=written is not None and written.frozen,
        evidence={each.kind: each for each in evidence},
        members=frozenset(each.role for each in members),
        told_arms=None if told_arms is None else tuple(told_arms),
        now=now,
    )
