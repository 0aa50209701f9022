"""The pilots visible to a caller, with their roles in each."""

from collections.abc import AsyncIterator, Sequence
from typing import Final

from pilotes.record.domain.pilot import Field, Pilot
from pilotes.record.domain.stages import Stage
from pilotes.record.flows.actor import Actor, platform_actor
from pilotes.record.flows.desk import Desk
from pilotes.record.ports import PilotQuery
from socle.auth import Caller

_PAGE: Final = 100  # pilots


async def list_pilots(
    caller: Caller,
    *,
    stage: Stage | None,
    field: Field | None,
    after: str,
    limit: int,
    desk: Desk,
) -> tuple[Sequence[tuple[Pilot, Actor]], bool]:
    """At most `limit` pilots after the id `after`, in the order of their ids, each with the caller
    and their roles in it; and whether more follow. `stage`, `field`: None for all.

    The role of participant is left out: it would take a query for each pilot, and sees no section
    that the public does not see.
    """
    actor = platform_actor(caller)
    memberships = await desk.records.roles_of(caller.subject) if caller.subject else {}
    found = await desk.records.list_pilots(
        PilotQuery(
            all="coordinator" in actor.roles,
            known=tuple(memberships),
            stage=stage,
            field=field,
            after=after,
            limit=limit + 1,
        )
    )
    visible = []
    for pilot in found[:limit]:
        roles = actor.roles | ({memberships[pilot.id]} if pilot.id in memberships else set())
        visible.append((pilot, Actor(caller.subject, frozenset(roles))))
    return visible, len(found) > limit


async def iterate_pilots(desk: Desk, *, stage: Stage | None = None) -> AsyncIterator[Pilot]:
    """Every pilot, or every pilot at `stage`, in the order of their ids. No visibility applies, and
    paused pilots are included."""
    after = ""
    while page := await desk.records.list_pilots(
        PilotQuery(all=True, stage=stage, after=after, limit=_PAGE)
    ):
        for pilot in page:
            yield pilot
        after = page[-1].id
