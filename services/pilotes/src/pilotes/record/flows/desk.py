"""What the flows of the record are given: where it is kept, the time, and who takes part."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from pilotes.record.domain.decisions import Decision, DecisionKind, Signatory
from pilotes.record.domain.evidence import Evidence
from pilotes.record.domain.gates import Dossier
from pilotes.record.domain.pilot import Pilot, PilotId
from pilotes.record.domain.roles import Action
from pilotes.record.flows.actor import (
    Actor,
    IsParticipant,
    actor_in,
    check_revision,
    pilot_not_found,
)
from pilotes.record.ports import Membership, PilotChange, ProtocolVersion, Records
from socle.auth import Caller
from socle.clock import Clock


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """A change somebody asks for. `revision`: the one they read; None: whatever it is now."""

    pilot_id: PilotId
    caller: Caller
    action: Action
    revision: int | None


@dataclass(frozen=True, slots=True)
class LockedPilot:
    """A pilot held for a change that its caller may make. `signatory`: as what."""

    change: PilotChange
    signatory: Signatory
    now: datetime

    @property
    def pilot(self) -> Pilot:
        """As it is now in this change."""
        return self.change.pilot

    def new_decision(self, kind: DecisionKind, **facts: object) -> Decision:
        """A decision of the caller's, now."""
        return Decision(self.pilot.id, kind, self.now, self.signatory, facts)

    async def save(self, pilot: Pilot) -> Pilot:
        """Keep it like that, as changed by the caller, now. Gives it at its new revision."""
        by = self.signatory.subject
        return await self.change.save(replace(pilot, changed_at=self.now, changed_by=by))

    async def dossier(self) -> Dossier:
        """All a gate looks at."""
        return build_dossier(
            self.pilot,
            await self.change.protocol(),
            (await self.change.evidence()).values(),
            await self.change.members(),
            await self.change.notice_arms(),
            now=self.now,
        )


@dataclass(frozen=True, slots=True)
class Desk:
    """Where coordinators and members work."""

    records: Records
    clock: Clock
    is_participant: IsParticipant

    async def get_pilot(
        self, pilot_id: PilotId, caller: Caller, personal_code: str | None = None
    ) -> tuple[Pilot, Actor]:
        """A pilot and what the caller is in it; `personal`: the code of whoever takes part without
        an account, where that opens something. Raises Refusal where they know of none."""
        pilot = await self.records.find(pilot_id)
        if pilot is None:
            raise pilot_not_found(pilot_id)
        actor = await actor_in(
            pilot,
            caller,
            personal_code,
            records=self.records,
            is_participant=self.is_participant,
        )
        return pilot, actor

    async def dossier(self, pilot: Pilot) -> Dossier:
        """All a gate would look at now, without holding anything."""
        return build_dossier(
            pilot,
            find_protocol_in_force(pilot, await self.records.list_protocols(pilot.id)),
            await self.records.list_evidence(pilot.id),
            await self.records.list_members(pilot.id),
            await self.records.notice_arms(pilot.id),
            now=self.clock.now(),
        )

    @asynccontextmanager
    async def lock(self, request: ChangeRequest) -> AsyncIterator[LockedPilot]:
        """The pilot, held, for somebody who may. Raises Refusal before anything is changed."""
        _, actor = await self.get_pilot(request.pilot_id, request.caller)
        signatory = actor.require(request.action)
        async with self.records.change(request.pilot_id) as change:
            check_revision(change, request.revision)
            yield LockedPilot(change, signatory, self.clock.now())


def find_protocol_in_force(
    pilot: Pilot, versions: Sequence[ProtocolVersion]
) -> ProtocolVersion | None:
    """Of the versions of its protocol, the one in force; None before the first."""
    return next((e for e in versions if e.protocol.version == pilot.protocol_version), None)


def evidence_facts(evidence: Evidence) -> dict[str, object]:
    """A piece of evidence as a decision names it."""
    return {"id": evidence.id, "kind": evidence.kind, "digest": evidence.digest}


def build_dossier(
    pilot: Pilot,
    written: ProtocolVersion | None,
    evidence: Iterable[Evidence],
    members: Iterable[Membership],
    notice_arms: Iterable[str] | None,
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
        notice_arms=None if notice_arms is None else tuple(notice_arms),
        now=now,
    )
