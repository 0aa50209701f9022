"""Look at every trial's figures in the background, so that nobody who reads them waits for it."""

from datetime import timedelta
from typing import Final

from pilotes.domain.stages import BEFORE_TRIAL
from pilotes.flows.desk import Desk
from pilotes.flows.look_at_figures import AGAIN, look_where_due
from pilotes.ports.figures import FigureStore
from pilotes.ports.record import Asked

_DUE: Final = AGAIN - timedelta(minutes=20)
_PAGE: Final = 100


async def keep_figures(*, desk: Desk, store: FigureStore) -> None:
    """One round over all of them. Raises Retry."""
    after = ""
    while found := await desk.records.list_pilots(Asked(all=True, after=after, limit=_PAGE)):
        for pilot in found:
            if pilot.stage not in BEFORE_TRIAL and pilot.trial_at is not None:
                await look_where_due(pilot, desk=desk, store=store, due=_DUE)
        after = found[-1].id
