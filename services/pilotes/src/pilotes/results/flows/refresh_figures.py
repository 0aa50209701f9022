"""Look at every trial's figures in the background, so that nobody who reads them waits for it, and
that a draw which is not as planned is heard of before anybody reads."""

from datetime import timedelta
from typing import Final

from pilotes.record.domain.pilot import PilotId
from pilotes.record.domain.stages import BEFORE_TRIAL
from pilotes.record.flows.desk import Desk
from pilotes.record.flows.list_pilots import each_pilot
from pilotes.results.flows.get_results import AGAIN, look_where_due
from pilotes.results.ports import FigureAlarms, FigureStore

# Before a reader would find it due, and wait.
_DUE: Final = AGAIN - timedelta(minutes=20)


async def keep_figures(
    *, desk: Desk, store: FigureStore, alarms: FigureAlarms
) -> frozenset[PilotId]:
    """One round over all of them. The running trials whose people are not drawn as planned. Raises
    Retry."""
    sound: dict[PilotId, bool] = {}
    async for pilot in each_pilot(desk):
        if pilot.stage not in BEFORE_TRIAL and pilot.trial_at is not None:
            _, kept = await look_where_due(pilot, desk=desk, store=store, due=_DUE)
            if pilot.stage == "trial":
                sound[pilot.id] = kept.sound
    alarms.drawn(sound)
    return frozenset(name for name, as_planned in sound.items() if not as_planned)
