"""Refresh the figures of every trial in the background, so that readers do not wait, and a sample
ratio mismatch raises an alarm."""

from datetime import timedelta
from typing import Final

from pilotes.record.domain.pilot import PilotId
from pilotes.record.domain.stages import BEFORE_TRIAL
from pilotes.record.flows.desk import Desk
from pilotes.record.flows.list_pilots import iterate_pilots
from pilotes.results.flows.get_results import MAX_AGE, refresh_if_due
from pilotes.results.ports import FigureStore, RatioAlarms

_BACKGROUND_AGE: Final = MAX_AGE - timedelta(minutes=20)
"""Less than `MAX_AGE`: readers find figures that they need not refresh."""


async def refresh_figures(
    *, desk: Desk, store: FigureStore, alarms: RatioAlarms
) -> frozenset[PilotId]:
    """Refresh the figures that are due. Returns the running trials with a sample ratio mismatch.
    Raises Retry."""
    ratio_as_planned: dict[PilotId, bool] = {}
    async for pilot in iterate_pilots(desk):
        if pilot.stage not in BEFORE_TRIAL and pilot.trial_at is not None:
            _, stored = await refresh_if_due(pilot, desk=desk, store=store, max_age=_BACKGROUND_AGE)
            if pilot.stage == "trial":
                ratio_as_planned[pilot.id] = stored.ratio_as_planned
    alarms.set_ratio_states(ratio_as_planned)
    return frozenset(name for name, as_planned in ratio_as_planned.items() if not as_planned)
