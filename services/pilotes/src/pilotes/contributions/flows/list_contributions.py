"""What people say of a pilot: published for everybody, received for its team."""

from collections.abc import Sequence

from pilotes.contributions.domain import Contribution, State
from pilotes.contributions.ports import Contributions
from pilotes.record.domain.pilot import Pilot, PilotId
from pilotes.record.flows.desk import Desk
from socle.auth import Caller


async def see_published(
    pilot_id: PilotId,
    caller: Caller,
    *,
    before: int | None,
    limit: int,
    desk: Desk,
    contributions: Contributions,
) -> tuple[Pilot, Sequence[Contribution], bool]:
    """The pilot; `limit` of them at most, the last one first; whether more follow. Raises Refusal
    where they know of no such pilot."""
    pilot, _ = await desk.look(pilot_id, caller)
    found = await contributions.list_of(pilot_id, state="published", before=before, limit=limit + 1)
    return pilot, found[:limit], len(found) > limit


async def see_received(
    pilot_id: PilotId,
    caller: Caller,
    *,
    state: State | None,
    before: int | None,
    limit: int,
    desk: Desk,
    contributions: Contributions,
) -> tuple[Sequence[Contribution], bool]:
    """The same of all that was received, for its team. Raises Refusal."""
    _, acting = await desk.look(pilot_id, caller)
    acting.require("read_contributions")
    found = await contributions.list_of(pilot_id, state=state, before=before, limit=limit + 1)
    return found[:limit], len(found) > limit
