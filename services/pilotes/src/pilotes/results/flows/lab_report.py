"""The lab as a whole: sums over the published results of its pilots, which reveal nothing more."""

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

_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class LabReport:
    """Sums over the pilots visible to a caller."""

    pilots: int
    stages: Mapping[str, int]
    verdicts: Mapping[str, int]
    """Of the primary indicators of trials that are over, by arm."""
    unsound: int
    """Trials whose people were not drawn as planned."""
    people: int
    """Disclosed in trials that are over."""
    paused: int
    days_to_trial: float | None
    """Median from the idea to the trial; None: no trial was opened."""
    alarms: Sequence[PilotId] = ()
    """Running trials with results visible to the caller, whose people are not drawn as planned."""


async def lab_report(caller: Caller, *, desk: Desk, store: FigureStore) -> LabReport:
    """Over the pilots visible to the caller."""
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
        if running and not (await store.stored(pilot.id)).sound:
            alarms.append(pilot.id)
        if pilot.stage in BEFORE_TRIAL or pilot.stage == "trial" or pilot.trial_at is None:
            continue
        figures = (await get_results(pilot.id, caller, desk=desk, store=store)).figures
        people += sum(figures.people.values())
        unsound += not figures.sound
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
