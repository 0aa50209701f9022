"""How the differences of a pilot became what they are, for a caller who sees its results."""

from collections.abc import Sequence

from pilotes.record.domain.pilot import PilotId
from pilotes.record.flows.desk import Desk
from pilotes.results.domain.history import IndicatorHistory, disclosed_histories
from pilotes.results.flows.get_results import (
    MAX_AGE,
    PilotResults,
    get_results,
    readings_of,
    refresh_if_due,
)
from pilotes.results.ports import FigureStore
from socle.auth import Caller


async def get_histories(
    pilot_id: PilotId, caller: Caller, *, desk: Desk, store: FigureStore
) -> tuple[PilotResults, Sequence[IndicatorHistory]]:
    """The results of a pilot, and the history of each difference. Raises Refusal as
    `get_results`."""
    results = await get_results(pilot_id, caller, desk=desk, store=store)
    design, stored = await refresh_if_due(results.pilot, desk=desk, store=store, max_age=MAX_AGE)
    histories = disclosed_histories(
        results.in_force.protocol,
        stored.disclosed,
        arms=design.arms,
        design=design.protocols[0].protocol,
        ratio_as_planned=stored.ratio_as_planned,
        k=design.k,
        read=readings_of(results.pilot, design, stored),
    )
    return results, histories
