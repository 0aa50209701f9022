"""One pilot in a few facts, as a coordinator reads it among all others."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from pilotes.contributions.domain import Counts
from pilotes.lab.domain.alarms import Alarm, alarms_of
from pilotes.lab.flows.lab_desk import LabDesk
from pilotes.people.domain.invitations import usage_range
from pilotes.record.domain.gates import Dossier
from pilotes.record.domain.pilot import Pilot
from pilotes.record.domain.protocol import Protocol
from pilotes.record.domain.stages import BEFORE_TRIAL
from pilotes.record.flows.amendments import PendingAmendment, pending_amendment
from pilotes.record.flows.desk import find_protocol_in_force
from pilotes.record.flows.list_decisions import iterate_decisions
from pilotes.record.flows.list_gates import Gate, list_gates
from pilotes.record.flows.opinion_requests import (
    OpinionRequest,
    find_amendment,
    opinion_request_on,
)
from pilotes.record.ports import ProtocolVersion
from pilotes.results.flows.get_results import PilotResults, get_results
from pilotes.safety.domain.incident_reports import Report
from pilotes.usage.domain.people_reached import PeopleReached, reached_on
from pilotes.usage.flows.record_recruitment import list_recruitment
from socle.auth import Caller

MOST_REPORTS: Final = 100
"""The latest reports that are read, as at the API."""


@dataclass(frozen=True, slots=True)
class Recruitment:
    """How many take part, as far as it is disclosed, and how many are planned."""

    planned: int
    """In all arms."""
    enrolled: tuple[int, int]
    """The least and the greatest number of enrolments, from the ranges of each invitation."""
    observed: int
    """Disclosed people whose observation is over, in all arms."""
    reached: Sequence[PeopleReached]
    """The days on which the number of people in the trial changed."""
    today: date

    @property
    def now(self) -> int:
        """At least so many people have come; 0 while they are too few to be disclosed."""
        return reached_on(self.reached, self.today)

    @property
    def at_least(self) -> int:
        """The same, by both disclosed counts: `now` is rounded down, and who was observed came."""
        return max(self.now, self.observed)

    @property
    def a_week_ago(self) -> int:
        """The same, seven days before."""
        return reached_on(self.reached, self.today - timedelta(days=7))


@dataclass(frozen=True, slots=True)
class AwaitedOpinion:
    """The opinion that the Cr'Num has to give: on the trial, or on an amendment."""

    since: datetime
    judges: Sequence[str]
    """Those who give it, by the names that the team uses."""


@dataclass(frozen=True, slots=True)
class PilotSummary:
    """One pilot for a coordinator."""

    pilot: Pilot
    protocol: Protocol | None
    """The one in force; None before the first."""
    protocol_frozen: bool
    gates: Sequence[Gate]
    """The stages that can follow."""
    amendment: PendingAmendment | None
    results: PilotResults | None
    """None before the trial."""
    recruitment: Recruitment | None
    """None before the trial."""
    reports: Sequence[Report]
    """The latest first; empty before the trial."""
    opinions: Counts | None
    """None before the trial."""
    alarms: Sequence[Alarm]
    awaited: AwaitedOpinion | None
    """The opinion that the Cr'Num has to give now; None if none is awaited."""

    @property
    def next_date(self) -> tuple[str, datetime] | None:
        """`starts` or `ends`, and when, by the protocol; None once the trial is over."""
        if self.protocol is None or self.pilot.state == "closed":
            return None
        if self.pilot.stage in BEFORE_TRIAL:
            return "starts", self.protocol.starts_at
        return "ends", self.protocol.ends_at

    @property
    def next_gate(self) -> Gate | None:
        """The step that goes on: the first one; None of a closed pilot."""
        return self.gates[0] if self.gates else None


async def summarise(pilot: Pilot, caller: Caller, *, lab: LabDesk) -> PilotSummary:
    """The summary of a pilot that the coordinator `caller` sees."""
    record = lab.record
    started = pilot.stage not in BEFORE_TRIAL and pilot.trial_at is not None
    results = (
        await get_results(pilot.id, caller, desk=record, store=lab.figures) if started else None
    )
    # A change meanwhile can only have added versions to those of `pilot`.
    versions = results.protocols if results else await record.records.list_protocols(pilot.id)
    written = find_protocol_in_force(pilot, versions)
    protocol = written.protocol if written else None
    frozen = written is not None and written.frozen
    dossier = await record.dossier(pilot, versions) if pilot.stage != "closed" else None
    gates = list_gates(dossier, await record.seen_facts()) if dossier else ()
    amendment, request = await _judged(dossier, versions, lab) if dossier else (None, None)
    awaited = await _awaited(request, lab)
    if results is None:
        return PilotSummary(pilot, protocol, frozen, gates, None, None, None, (), None, (), awaited)
    reports = await lab.reports.list_of(pilot.id, limit=MOST_REPORTS)
    return PilotSummary(
        pilot,
        protocol,
        frozen,
        gates,
        amendment,
        results,
        await _recruitment(results, lab),
        reports,
        await lab.contributions.counts(pilot.id),
        alarms_of(
            pilot,
            protocol,
            results.figures,
            await _undecided(pilot, reports, lab),
            now=record.clock.now(),
        ),
        awaited,
    )


async def _judged(
    dossier: Dossier, versions: Sequence[ProtocolVersion], lab: LabDesk
) -> tuple[PendingAmendment | None, OpinionRequest | None]:
    """The proposed amendment of a pilot, and what the Cr'Num judges now."""
    proposal = await find_amendment(dossier.pilot, desk=lab.record)
    request = await opinion_request_on(dossier, versions, proposal, desk=lab.record)
    return pending_amendment(dossier, proposal), request


async def _awaited(request: OpinionRequest | None, lab: LabDesk) -> AwaitedOpinion | None:
    if request is None or request.opinion is not None:
        return None
    members = await lab.record.records.list_members(request.pilot.id)
    judges = [each.name for each in members if each.role == "crnum_member"]
    return AwaitedOpinion(request.since, judges)


async def _undecided(pilot: Pilot, reports: Sequence[Report], lab: LabDesk) -> Sequence[Report]:
    """The severe incidents that did not pause the pilot, reported since it was resumed last:
    whoever resumes it decides on the ones before."""
    severe = [each for each in reports if each.severity == "severe" and not each.paused_trial]
    if not severe:
        return ()
    records = lab.record.records
    decisions = iterate_decisions(pilot.id, records=records, read=lab.read, only="resume")
    resumed = [each.entry.at async for each in decisions]
    return [each for each in severe if not resumed or each.at > resumed[-1]]


async def _recruitment(results: PilotResults, lab: LabDesk) -> Recruitment:
    invitations = await lab.people.codes.list_of(results.pilot.id)
    ranges = [usage_range(each.used, each.count * each.uses) for each in invitations]
    figures = results.figures
    return Recruitment(
        results.planned_per_arm * len(figures.people),
        (sum(least for least, _ in ranges), sum(most for _, most in ranges)),
        sum(figures.people.values()),
        await list_recruitment(results.pilot, log=lab.recruitment),
        lab.record.clock.now().date(),
    )
