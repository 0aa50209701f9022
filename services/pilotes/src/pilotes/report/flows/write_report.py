"""The report of a pilot, composed from its record on request."""

from collections.abc import Sequence
from typing import Final

from pilotes.contributions.ports import Contributions
from pilotes.record.domain.decisions import ReadStatement
from pilotes.record.domain.detectable_effects import sentence_of_limit
from pilotes.record.domain.evidence import OPINIONS
from pilotes.record.domain.pilot import PilotId
from pilotes.record.domain.stages import LABELS as STAGES
from pilotes.record.flows.desk import Desk
from pilotes.record.flows.list_decisions import ReadDecision, iterate_decisions
from pilotes.report.domain.compose import compose_report
from pilotes.report.domain.document import Document
from pilotes.report.domain.material import Amendment, ReportedDecision, ReportMaterial
from pilotes.report.flows.list_breaches import breaches_in
from pilotes.results.flows.get_histories import get_histories
from pilotes.results.flows.get_results import PilotResults
from pilotes.results.ports import FigureStore
from pilotes.usage.flows.record_recruitment import list_recruitment
from pilotes.usage.ports import RecruitmentLog
from socle.auth import Caller

_REPORTED_TYPES: Final = ("stage", "pause", "resume", "protocol_amended", "opinion")
"""The types of decisions that a report lists."""


async def write_report(
    pilot_id: PilotId,
    caller: Caller,
    *,
    desk: Desk,
    store: FigureStore,
    recruitment: RecruitmentLog,
    contributions: Contributions,
    read: ReadStatement,
    public: str,
) -> Document:
    """The report of a pilot. `public`: the platform's address in browsers. Raises Refusal if the
    caller does not see the results."""
    results, histories = await get_histories(pilot_id, caller, desk=desk, store=store)
    signed = iterate_decisions(pilot_id, records=desk.records, read=read)
    decisions = [each async for each in signed]
    return compose_report(
        ReportMaterial(
            pilot=results.pilot,
            protocol=results.in_force.protocol,
            planned_end=results.planned_end,
            amendments=_amendments(results),
            decisions=[_decided(each) for each in decisions if each.entry.kind in _REPORTED_TYPES],
            evidence=await desk.records.list_evidence(pilot_id),
            figures=results.figures,
            histories=histories,
            reached=await list_recruitment(results.pilot, log=recruitment),
            today=desk.clock.now().date(),
            as_of=results.at,
            planned_per_arm=results.planned_per_arm,
            looks=results.looks,
            smallest=_smallest(results),
            incidents=await store.incidents(pilot_id),
            cost=await store.cost(pilot_id),
            opinions=await contributions.counts(pilot_id),
            opinions_page=f"{public}/participer/pilotes/{pilot_id}/avis",
            api_address=f"{public}/pilotes/v1/pilots/{pilot_id}",
            breaches=breaches_in(decisions, results.protocols),
        )
    )


def _amendments(results: PilotResults) -> Sequence[Amendment]:
    return [
        Amendment(each.protocol.version, each.reason, each.frozen_at)
        for each in results.protocols[1:]
        if each.frozen_at is not None
    ]


def _smallest(results: PilotResults) -> str:
    """The sentence on the smallest effect of the primary indicator that the trial can detect,
    calculated from the protocol it started with."""
    protocol = results.protocols[0].protocol
    return sentence_of_limit(protocol.primary, protocol)


def _decided(seen: ReadDecision) -> ReportedDecision:
    label, to = seen.label, None
    if seen.entry.kind == "stage" and seen.facts:
        to = seen.facts["to"]
        label = f"passage à l'étape « {STAGES[to]} »"
    elif seen.entry.kind == "opinion" and seen.facts:
        label = f"{label} : {OPINIONS[seen.facts['opinion']]}"
    return ReportedDecision(
        seen.entry.kind,
        seen.entry.at,
        label,
        str(seen.facts.get("reason", "")),
        to,
        verified=seen.verified,
    )
