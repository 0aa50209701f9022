"""Store the cost that the holder of a pilot declares."""

from pilotes.record.domain.pilot import PilotId
from pilotes.record.flows.desk import Desk
from pilotes.results.domain.cost import Cost
from pilotes.results.ports import FigureStore
from socle.auth import Caller


async def declare_cost(
    pilot_id: PilotId, cost: Cost, caller: Caller, *, desk: Desk, store: FigureStore
) -> None:
    """Store a declaration. It replaces the former one, which stays in the database. Raises Refusal
    if the pilot is not visible to the caller, or they are not permitted."""
    _, actor = await desk.get_pilot(pilot_id, caller)
    signatory = actor.require("give_evidence")
    await store.save_cost(pilot_id, cost, at=desk.clock.now(), by=signatory.subject)
