"""Refresh the figures of every trial in the background: readers do not wait, and a draw that is not
as planned raises an alarm."""

from datetime import timedelta
from typing import Final

from pilotes.record.domain.pilot import PilotId
from pilotes.record.domain.stages import BEFORE_TRIAL
from pilotes.record.flows.desk import Desk
from pilotes.record.flows.list_pilots import iterate_pilots
from pilotes.results.flows.get_results import MAX_AGE, refresh_if_due
from pilotes.results.ports import DrawAlarms, FigureStore

# Earlier than a reader would find them due, and wait.
_DUE: Final = MAX_AGE - timedelta(minutes=20)


async def refresh_figures(
    *, desk: Desk, store: FigureStore, alarms: DrawAlarms
) -> frozenset[PilotId]:
    """One round. Returns the running trials whose people are not drawn as planned. Raises Retry."""
    sound: dict[PilotId, bool] = {}
    async for pilot in iterate_pilots(desk):
        if pilot.stage not in BEFORE_TRIAL and pilot.trial_at is not None:
            _, stored = await refresh_if_due(pilot, desk=desk, store=store, due=_DUE)
            if pilot.stage == "trial":
                sound[pilot.id] = stored.sound
    alarms.set_soundness(sound)
    return frozenset(name for name, as_planned in sound.items() if not as_planned)
