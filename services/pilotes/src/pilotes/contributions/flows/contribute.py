"""Give an opinion on a pilot, anonymously."""

from pilotes.contributions.domain import check_open
from pilotes.contributions.ports import Contributions
from pilotes.record.domain.pilot import Pilot, PilotId
from pilotes.record.flows.desk import Desk
from socle.auth import Caller


async def contribute(
    pilot_id: PilotId, caller: Caller, text: str, *, desk: Desk, contributions: Contributions
) -> Pilot:
    """Raises Refusal: the pilot is not visible or closed, or the daily limit is reached. A text
    that was given before is stored once, and answered the same."""
    pilot, actor = await desk.get_pilot(pilot_id, caller)
    actor.require("contribute")
    check_open(pilot)
    await contributions.add(pilot_id, text, at=desk.clock.now())
    return pilot
