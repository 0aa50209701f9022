"""One pilot with all that its team knows of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from pilotes.contributions.domain import Contribution
from pilotes.lab.flows.lab_desk import LabDesk
from pilotes.lab.flows.summarise import PilotSummary, summarise
from pilotes.record.domain.evidence import Evidence
from pilotes.record.domain.pilot import PilotId
from pilotes.record.flows.list_decisions import ReadDecision, iterate_decisions
from pilotes.record.flows.verify_record import Verification, verify_record
from pilotes.results.domain.cost import Cost
from pilotes.results.domain.history import IndicatorHistory
from pilotes.results.flows.get_histories import get_histories
from socle.auth import Caller


@dataclass(frozen=True, slots=True)
class Story:
    """One pilot for a coordinator."""

    summary: PilotSummary
    histories: Sequence[IndicatorHistory]
    """Empty before the trial."""
    waiting: Sequence[Contribution]
    """Opinions without an answer, the latest first."""
    cost: Cost | None
    opinion: Evidence | None
    """The latest of the Cr'Num; None before the first."""
    decisions: Sequence[ReadDecision]
    """The latest first."""
    verification: Verification
    """Of the chain of all pilots."""


MOST_WAITING = 20
"""Opinions without an answer that the page of a pilot lists: further ones follow these."""


async def get_story(pilot_id: PilotId, caller: Caller, *, lab: LabDesk) -> Story:
    """The story of a pilot. Raises Refusal if there is none of that id."""
    pilot, _ = await lab.record.get_pilot(pilot_id, caller)
    summary = await summarise(pilot, caller, lab=lab)
    histories: Sequence[IndicatorHistory] = ()
    waiting: Sequence[Contribution] = ()
    if summary.results is not None:
        _, histories = await get_histories(pilot_id, caller, desk=lab.record, store=lab.figures)
        waiting = await lab.contributions.list_of(
            pilot_id, state="received", before=None, limit=MOST_WAITING
        )
    pieces = await lab.record.records.list_evidence(pilot_id)
    opinions = [each for each in pieces if each.kind == "crnum_opinion"]
    decisions = [
        each
        async for each in iterate_decisions(pilot_id, records=lab.record.records, read=lab.read)
    ]
    return Story(
        summary,
        histories,
        waiting,
        await lab.figures.cost(pilot_id),
        opinions[-1] if opinions else None,
        decisions[::-1],
        await verify_record(ledgers=lab.ledgers, read=lab.read),
    )
