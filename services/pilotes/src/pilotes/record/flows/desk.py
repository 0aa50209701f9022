"""The dependencies of the record's use cases, and a pilot locked for a permitted change."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from pilotes.record.domain.decisions import Decision, DecisionType, Signatory
from pilotes.record.domain.evidence import Evidence
from pilotes.record.domain.fact_traffic import SEEN_WITHIN
from pilotes.record.domain.gates import Dossier
from pilotes.record.domain.notice import Notice
from pilotes.record.domain.pilot import Pilot, PilotId
from pilotes.record.domain.roles import Action
from pilotes.record.domain.survey_sources import SurveyScores
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
    """A requested change of a pilot."""

    pilot_id: PilotId
    caller: Caller
    action: Action
    revision: int | None
    """The revision the caller read; None: any, it is not checked."""


@dataclass(frozen=True, slots=True)
class LockedPilot:
    """A pilot locked for a change that its caller is allowed to make."""

    change: PilotChange
    signatory: Signatory
    """The caller, with the role that allows the change."""
    now: datetime
    """When it was locked: the instant of the change."""

    @property
    def pilot(self) -> Pilot:
        """The pilot as it is now within the transaction."""
        return self.change.pilot

    def new_decision(self, kind: DecisionType, **facts: object) -> Decision:
        """A decision of the caller, now. `facts`: as in `Decision`."""
        return Decision(self.pilot.id, kind, self.now, self.signatory, facts)

    async def save(self, pilot: Pilot) -> Pilot:
        """Save the pilot as changed by the caller, now. Returns it at its new revision."""
        by = self.signatory.subject
        return await self.change.save(replace(pilot, changed_at=self.now, changed_by=by))

    async def dossier(self) -> Dossier:
        """The dossier on which gates are judged."""
        return build_dossier(
            self.pilot,
            await self.change.protocol(),
            (await self.change.evidence()).values(),
            await self.change.members(),
            await self.change.notice(),
            await self.change.survey_scores(),
            now=self.now,
        )


@dataclass(frozen=True, slots=True)
class Desk:
    """The dependencies of the use cases of the record."""

    records: Records
    clock: Clock
    is_participant: IsParticipant
    list_seen_facts: Callable[[datetime], Awaitable[frozenset[str]]]
    """Returns the facts that services have reported since an instant."""

    async def get_pilot(
        self, pilot_id: PilotId, caller: Caller, personal_code: str | None = None
    ) -> tuple[Pilot, Actor]:
        """A pilot, and the caller with their roles in it.

        `personal_code`: the code of a participant without an account. Raises Refusal if the pilot
        does not exist or is not visible to them.
        """
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

    async def dossier(
        self, pilot: Pilot, versions: Sequence[ProtocolVersion] | None = None
    ) -> Dossier:
        """The dossier on which gates would be judged now, read without a lock. `versions`: of the
        pilot's protocol; None: they are read."""
        if versions is None:
            versions = await self.records.list_protocols(pilot.id)
        return build_dossier(
            pilot,
            find_protocol_in_force(pilot, versions),
            await self.records.list_evidence(pilot.id),
            await self.records.list_members(pilot.id),
            await self.records.find_notice(pilot.id),
            await self.records.survey_scores(pilot.id),
            now=self.clock.now(),
        )

    async def seen_facts(self) -> frozenset[str]:
        """The facts that services have reported lately, in pilots or not."""
        return await self.list_seen_facts(self.clock.now() - SEEN_WITHIN)

    @asynccontextmanager
    async def lock(self, request: ChangeRequest) -> AsyncIterator[LockedPilot]:
        """Lock the pilot of a request. Raises Refusal if the pilot is not visible to the caller,
        they are not permitted to do the action, or they read another revision."""
        _, actor = await self.get_pilot(request.pilot_id, request.caller)
        signatory = actor.require(request.action)
        async with self.records.lock(request.pilot_id) as change:
            check_revision(change, request.revision)
            yield LockedPilot(change, signatory, self.clock.now())


def find_protocol_in_force(
    pilot: Pilot, versions: Sequence[ProtocolVersion]
) -> ProtocolVersion | None:
    """The version in force among the versions of a pilot's protocol; None before the first."""
    return next((e for e in versions if e.protocol.version == pilot.protocol_version), None)


def trial_protocols(pilot: Pilot, versions: Sequence[ProtocolVersion]) -> list[ProtocolVersion]:
    """The version in force when the trial of a pilot was opened, and those after it; at least one.

    `versions`: of its protocol, in their order.
    """
    assert pilot.trial_at is not None, "the trial is open"
    frozen = [(each.frozen_at, each) for each in versions if each.frozen_at is not None]
    before = [each for at, each in frozen if at <= pilot.trial_at]
    return [*before[-1:], *(each for at, each in frozen if at > pilot.trial_at)]


def evidence_facts(evidence: Evidence) -> dict[str, object]:
    """The reference to a piece of evidence in the facts of a decision."""
    return {"id": evidence.id, "kind": evidence.kind, "digest": evidence.digest}


def build_dossier(
    pilot: Pilot,
    written: ProtocolVersion | None,
    evidence: Iterable[Evidence],
    members: Iterable[Membership],
    notice: Notice | None,
    surveys: SurveyScores,
    *,
    now: datetime,
) -> Dossier:
    """The dossier of a pilot. `written`: the protocol in force. `evidence`: in the order in which
    it was given, so that the latest of each type counts."""
    return Dossier(
        pilot=pilot,
        protocol=written.protocol if written else None,
        frozen=written is not None and written.frozen,
        digest=written.digest if written else "",
        evidence={each.kind: each for each in evidence},
        members=frozenset(each.role for each in members),
        notice=notice,
        surveys=surveys,
        now=now,
    )
