"""What the lab as a whole has tried, from what each of its pilots shows to everybody.

Sums of what is shown: they say nothing that the pilots' own figures do not.
"""

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from pilotes.record.domain.pilot import Pilot, PilotId
from pilotes.record.domain.stages import BEFORE_TRIAL
from pilotes.record.flows.actor import Acting
from pilotes.record.flows.desk import Desk
from pilotes.record.flows.list_pilots import list_pilots
from pilotes.results.flows.get_results import look_at_figures
from pilotes.results.ports import FigureStore
from pilotes.statistics.domain.verdict import Verdict
from socle.auth import Caller

_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Lab:
    """`verdicts`: of the primary indicators of trials that are over, arm by arm; `people`: shown in
    those trials; `unsound`: those that were not drawn as planned; `alarms`: the running ones, of
    which the caller may see the figures, that are not; `days_to_trial`: median, from the idea to
    the trial; None: none was opened."""

    pilots: int
    stages: Mapping[str, int]
    verdicts: Mapping[str, int]
    unsound: int
    people: int
    paused: int
    days_to_trial: float | None
    alarms: Sequence[PilotId] = ()


async def tell_lab(caller: Caller, *, desk: Desk, store: FigureStore) -> Lab:
    """Over the pilots that the caller may know of."""
    stages: Counter[str] = Counter()
    verdicts: Counter[str] = Counter()
    people = unsound = paused = 0
    days: list[int] = []
    alarms: list[PilotId] = []
    async for pilot, acting in _pilots(caller, desk):
        stages[pilot.stage] += 1
        paused += pilot.paused
        if pilot.trial_at is not None:
            days.append((pilot.trial_at - pilot.created_at).days)
        running = pilot.stage == "trial" and acting.sees("project")
        if running and not (await store.kept(pilot.id)).sound:
            alarms.append(pilot.id)
        if pilot.stage in BEFORE_TRIAL or pilot.stage == "trial" or pilot.trial_at is None:
            continue
        figures = (await look_at_figures(pilot.id, caller, desk=desk, store=store)).figures
        people += sum(figures.people.values())
        unsound += not figures.sound
        for figure in figures.figures:
            if figure.indicator.role == "primary":
                found = [each.verdict.value for each in figure.contrasts]
                verdicts.update(found or [Verdict.INCONCLUSIVE.value])
    middle = float(median(days)) if days else None
    return Lab(stages.total(), stages, verdicts, unsound, people, paused, middle, alarms)


async def _pilots(caller: Caller, desk: Desk) -> AsyncIterator[tuple[Pilot, Acting]]:
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
