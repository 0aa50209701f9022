"""Give an opinion on a pilot, anonymously."""

from pilotes.contributions.domain import check_open
from pilotes.contributions.ports import Contributions
from pilotes.record.domain.pilot import Pilot, PilotId
from pilotes.record.flows.desk import Desk
from socle.auth import Caller


async def contribute(
    pilot_id: PilotId, caller: Caller, text: str, *, desk: Desk, contributions: Contributions
) -> Pilot:
    """Store an opinion. Returns its pilot. A text that the pilot already received is not stored
    again, and the caller does not learn that.

    Raises Refusal if the pilot is not visible, accepts no contributions, or has reached the daily
    limit.
    """
    pilot, actor = await desk.get_pilot(pilot_id, caller)
    actor.require("contribute")
    check_open(pilot)
    await contributions.add(pilot_id, text, at=desk.clock.now())
    return pilot
