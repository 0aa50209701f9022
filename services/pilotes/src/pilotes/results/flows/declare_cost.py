"""Keep what the holder of a pilot says that it costs."""

from pilotes.record.domain.pilot import PilotId
from pilotes.record.flows.desk import Desk
from pilotes.results.domain.cost import Cost
from pilotes.results.ports import FigureStore
from socle.auth import Caller


async def state_cost(
    pilot_id: PilotId, cost: Cost, caller: Caller, *, desk: Desk, store: FigureStore
) -> None:
    """In the place of what was said before, which is kept. Raises Refusal."""
    _, acting = await desk.look(pilot_id, caller)
    signatory = acting.require("give_evidence")
    await store.give_cost(pilot_id, cost, at=desk.clock.now(), by=signatory.subject)
