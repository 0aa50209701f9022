"""Everything that a coordinator sees at once: the answers to their questions, pilots by stage."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pilotes.lab.flows.answers import Answers, answers_of
from pilotes.lab.flows.lab_desk import LabDesk
from pilotes.lab.flows.summarise import PilotSummary, summarise
from pilotes.lab.ports import PlatformHealth
from pilotes.record.domain.stages import Stage
from pilotes.record.flows.list_pilots import iterate_pilots
from pilotes.results.flows.lab_report import LabReport, lab_report
from socle.auth import Caller

ORDER: Final[Sequence[Stage]] = (
    "trial", "evaluation", "opinion", "ready", "codesign", "idea",
    "generalise", "iterate", "stop", "closed",
)  # fmt: skip
"""Trials first: people take part in them now."""


@dataclass(frozen=True, slots=True)
class Overview:
    """All pilots for a coordinator."""

    stages: Sequence[tuple[Stage, Sequence[PilotSummary]]]
    """In `ORDER`, only those with a pilot. Pilots are in the order of their ids."""
    answers: Answers
    lab: LabReport
    health: PlatformHealth


async def get_overview(caller: Caller, *, lab: LabDesk) -> Overview:
    """The overview of a coordinator."""
    health = asyncio.create_task(lab.health.read())
    try:
        found = [
            await summarise(pilot, caller, lab=lab) async for pilot in iterate_pilots(lab.record)
        ]
        sums = await lab_report(caller, desk=lab.record, store=lab.figures)
        by_stage = {stage: [each for each in found if each.pilot.stage == stage] for stage in ORDER}
        stages = [(stage, some) for stage, some in by_stage.items() if some]
        in_order = [each for _, some in stages for each in some]
        return Overview(stages, answers_of(in_order), sums, await health)
    finally:
        health.cancel()
