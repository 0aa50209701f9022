"""The breaches of guardrails that paused a trial, from its signed decisions."""

from collections.abc import Iterable, Sequence

from pilotes.record.domain.decisions import ReadStatement
from pilotes.record.domain.pilot import PilotId
from pilotes.record.flows.desk import Desk
from pilotes.record.flows.list_decisions import ReadDecision, iterate_decisions
from pilotes.record.flows.pause_pilot import GUARDRAIL_SIGNATORY
from pilotes.report.domain.breaches import Breach
from pilotes.safety.domain.guardrails import is_breach_reason


async def list_breaches(pilot_id: PilotId, *, desk: Desk, read: ReadStatement) -> Sequence[Breach]:
    """The breaches of a pilot, the oldest first. Only its pauses are verified: a public page reads
    this of each trial that is over."""
    pauses = iterate_decisions(pilot_id, records=desk.records, read=read, only="pause")
    return breaches_in([each async for each in pauses])


def breaches_in(decisions: Iterable[ReadDecision]) -> Sequence[Breach]:
    """The breaches among decisions, in their order."""
    return [
        Breach(each.entry.at, each.facts["reason"])
        for each in decisions
        if each.entry.kind == "pause"
        and each.role == GUARDRAIL_SIGNATORY.role
        and is_breach_reason(each.facts["reason"])
    ]
