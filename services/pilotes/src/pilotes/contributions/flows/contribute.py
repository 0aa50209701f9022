"""Anybody says what they think of a pilot: nobody is asked who they are."""

from pilotes.contributions.domain import check_open
from pilotes.contributions.ports import Contributions
from pilotes.record.domain.pilot import Pilot, PilotId
from pilotes.record.flows.desk import Desk
from socle.auth import Caller


async def contribute(
    pilot_id: PilotId, caller: Caller, said: str, *, desk: Desk, contributions: Contributions
) -> Pilot:
    """Raises Refusal: they know of no such pilot, it is closed, or heard enough today. What was
    said before, by whomever, is kept once, and answered alike."""
    pilot, acting = await desk.look(pilot_id, caller)
    acting.require("contribute")
    check_open(pilot)
    await contributions.add(pilot_id, said, at=desk.clock.now())
    return pilot
