"""Sums over the published results of all pilots, which reveal nothing more than these."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from pilotes.record.domain.pilot import Pilot, PilotId
from pilotes.record.domain.stages import BEFORE_TRIAL
from pilotes.record.flows.actor import Actor
from pilotes.record.flows.desk import Desk
from pilotes.record.flows.list_pilots import list_pilots
from pilotes.results.flows.get_results import get_results
from pilotes.results.ports import FigureStore
from pilotes.statistics.domain.verdict import IndicatorVerdict
from socle.auth import Caller

_PAGE: Final = 100  # pilots


@dataclass(frozen=True, slots=True)
class LabReport:
    """Sums over the pilots visible to a caller."""

    pilots: int
    """Number of pilots."""
    stages: Mapping[str, int]
    """Number of pilots at each stage."""
    verdicts: Mapping[str, int]
    """By verdict, its number: one for each arm except control, of the primary indicators of trials
    that are over; a single inconclusive one for an indicator that is not disclosed."""
    unsound: int
    """Trials that are over with a sample ratio mismatch."""
    people: int
    """Disclosed people of trials that are over."""
    paused: int
    """Number of paused pilots."""
    days_to_trial: float | None
    """Median of the complete days from the creation of a pilot to its trial; None: no trial was
    opened."""
    alarms: Sequence[PilotId] = ()
    """Running trials with a sample ratio mismatch, whose results are visible to the caller."""


async def lab_report(caller: Caller, *, desk: Desk, store: FigureStore) -> LabReport:
    """The sums over the pilots visible to the caller."""
    stages: Counter[str] = Counter()
    verdicts: Counter[str] = Counter()
    people = unsound = paused = 0
    days: list[int] = []
    alarms: list[PilotId] = []
    async for pilot, actor in _pilots(caller, desk):
        stages[pilot.stage] += 1
        paused += pilot.paused
        if pilot.trial_at is not None:
            days.append((pilot.trial_at - pilot.created_at).days)
        running = pilot.stage == "trial" and actor.can_see("project")
        if running and not (await store.stored(pilot.id)).ratio_as_planned:
            alarms.append(pilot.id)
        if pilot.stage in BEFORE_TRIAL or pilot.stage == "trial" or pilot.trial_at is None:
            continue
        figures = (await get_results(pilot.id, caller, desk=desk, store=store)).figures
        people += sum(figures.people.values())
        unsound += not figures.ratio_as_planned
        for figure in figures.figures:
            if figure.indicator.role == "primary":
                found = [each.verdict.value for each in figure.contrasts]
                verdicts.update(found or [IndicatorVerdict.INCONCLUSIVE.value])
    middle = float(median(days)) if days else None
    return LabReport(stages.total(), stages, verdicts, unsound, people, paused, middle, alarms)


async def _pilots(caller: Caller, desk: Desk) -> AsyncIterator[tuple[Pilot, Actor]]:
    after = ""
    while True:
        found, more = await list_pilots(
            caller, stage=None, field=None, after=after, limit=_PAGE, desk=desk
        )
        for each in found:
            yield each
        if not more:
            return
        after = found[-1][0].id
