"""Tell a pilot's report, made from its record when it is asked for."""

from collections.abc import Sequence
from typing import Final

from pilotes.contributions.ports import Contributions
from pilotes.record.domain.decisions import ReadSigned
from pilotes.record.domain.detectable_effects import effects_of
from pilotes.record.domain.pilot import PilotId
from pilotes.record.domain.stages import LABELS as STAGES
from pilotes.record.flows.desk import Desk
from pilotes.record.flows.list_decisions import SeenDecision, each_decision
from pilotes.report.domain.compose import Amendment, Decided, Material, compose
from pilotes.report.domain.document import Document
from pilotes.results.flows.get_results import Told, look_at_figures
from pilotes.results.ports import FigureStore
from socle.auth import Caller

_TOLD: Final = ("stage", "pause", "resume", "protocol_amended", "opinion")


async def tell_report(
    pilot_id: PilotId,
    caller: Caller,
    *,
    desk: Desk,
    store: FigureStore,
    contributions: Contributions,
    read: ReadSigned,
    public: str,
) -> Document:
    """`public`: the platform's address as browsers name it. Raises Refusal where the caller may not
    see the figures."""
    told = await look_at_figures(pilot_id, caller, desk=desk, store=store)
    decisions = [
        _decided(each)
        async for each in each_decision(pilot_id, records=desk.records, read=read)
        if each.entry.kind in _TOLD
    ]
    return compose(
        Material(
            pilot=told.pilot,
            protocol=told.in_force.protocol,
            amendments=_amendments(told),
            decisions=decisions,
            evidence=await desk.records.list_evidence(pilot_id),
            figures=told.figures,
            as_of=told.at,
            planned_per_arm=told.planned_per_arm,
            smallest=_smallest(told),
            incidents=await store.incidents(pilot_id),
            cost=await store.cost(pilot_id),
            opinions=await contributions.counts(pilot_id),
            opinions_page=f"{public}/participer/pilotes/{pilot_id}/avis",
        )
    )


def _amendments(told: Told) -> Sequence[Amendment]:
    return [
        Amendment(each.protocol.version, each.reason, each.frozen_at)
        for each in told.protocols[1:]
        if each.frozen_at is not None
    ]


def _smallest(told: Told) -> str:
    """What the trial could see, as it was told before it began."""
    protocol = told.protocols[0].protocol
    name = protocol.primary.id
    return next(each.sentence for each in effects_of(protocol) if each.indicator == name)


def _decided(seen: SeenDecision) -> Decided:
    label = seen.label
    if seen.entry.kind == "stage" and seen.facts:
        label = f"passage à l'étape « {STAGES[seen.facts['to']]} »"
    return Decided(seen.entry.kind, seen.entry.at, label, str(seen.facts.get("reason", "")))
