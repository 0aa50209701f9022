"""List contributions: the published ones for everybody, the received ones for the team."""

from collections.abc import Sequence

from pilotes.contributions.domain import Contribution, State
from pilotes.contributions.ports import Contributions
from pilotes.record.domain.pilot import Pilot, PilotId
from pilotes.record.flows.desk import Desk
from socle.auth import Caller


async def list_published(
    pilot_id: PilotId,
    caller: Caller,
    *,
    before: int | None,
    limit: int,
    desk: Desk,
    contributions: Contributions,
) -> tuple[Pilot, Sequence[Contribution], bool]:
    """The pilot, at most `limit` published contributions, and whether more follow.

    The latest is first. `before`: only those with a smaller number; None: all. Raises Refusal if
    the pilot is not visible to the caller.
    """
    pilot, _ = await desk.get_pilot(pilot_id, caller)
    found = await contributions.list_of(pilot_id, state="published", before=before, limit=limit + 1)
    return pilot, found[:limit], len(found) > limit


async def list_received(
    pilot_id: PilotId,
    caller: Caller,
    *,
    state: State | None,
    before: int | None,
    limit: int,
    desk: Desk,
    contributions: Contributions,
) -> tuple[Sequence[Contribution], bool]:
    """At most `limit` contributions in that state, and whether more follow, for the team.

    `state`: None for any. `before`: as for `list_published`. Raises Refusal if the pilot is not
    visible to the caller, or they are not in its team.
    """
    _, actor = await desk.get_pilot(pilot_id, caller)
    actor.require("read_contributions")
    found = await contributions.list_of(pilot_id, state=state, before=before, limit=limit + 1)
    return found[:limit], len(found) > limit
