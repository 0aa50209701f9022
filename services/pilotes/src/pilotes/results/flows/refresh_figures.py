"""Refresh the figures of every trial in the background, so that readers do not wait, a sample ratio
mismatch raises an alarm, and monitoring shows what the API would show to the team."""

from collections import Counter
from datetime import timedelta
from typing import Final

from pilotes.record.domain.pilot import PilotId
from pilotes.record.domain.stages import BEFORE_TRIAL, Stage
from pilotes.record.flows.desk import Desk
from pilotes.record.flows.list_pilots import iterate_pilots
from pilotes.results.flows.get_results import MAX_AGE, figures_of, refresh_if_due
from pilotes.results.ports import FigureGauges, FigureStore, MonitoredTrial

_BACKGROUND_AGE: Final = MAX_AGE - timedelta(minutes=20)
"""Less than `MAX_AGE`: readers find figures that they need not refresh."""


async def refresh_figures(
    *, desk: Desk, store: FigureStore, gauges: FigureGauges
) -> frozenset[PilotId]:
    """Refresh the figures that are due, and publish all for monitoring. Returns the running trials
    with a sample ratio mismatch. Raises Retry."""
    stages: Counter[Stage] = Counter()
    trials: list[MonitoredTrial] = []
    async for pilot in iterate_pilots(desk):
        stages[pilot.stage] += 1
        if pilot.stage in BEFORE_TRIAL or pilot.trial_at is None:
            continue
        design, stored = await refresh_if_due(
            pilot, desk=desk, store=store, max_age=_BACKGROUND_AGE
        )
        if pilot.stage != "closed":
            # Estimated each time: who withdraws changes stored figures between two refreshes.
            trials.append(MonitoredTrial(pilot, figures_of(pilot, design, stored)))
    gauges.publish(stages, trials)
    return frozenset(
        each.pilot.id
        for each in trials
        if each.pilot.stage == "trial" and not each.figures.ratio_as_planned
    )
