"""The pilots a caller may know of, with what they are in each."""

from collections.abc import AsyncIterator, Sequence
from typing import Final

from pilotes.record.domain.pilot import Field, Pilot
from pilotes.record.domain.stages import Stage
from pilotes.record.flows.actor import Acting, everybody
from pilotes.record.flows.desk import Desk
from pilotes.record.ports import Asked
from socle.auth import Caller

_PAGE: Final = 100


async def list_pilots(
    caller: Caller,
    *,
    stage: Stage | None,
    field: Field | None,
    after: str,
    limit: int,
    desk: Desk,
) -> tuple[Sequence[tuple[Pilot, Acting]], bool]:
    """`limit` of them at most, in the order of their ids, and whether more follow."""
    known = everybody(caller)
    held = await desk.records.roles_of(caller.subject) if caller.subject else {}
    found = await desk.records.list_pilots(
        Asked(
            all="coordinator" in known.roles,
            known=tuple(held),
            stage=stage,
            field=field,
            after=after,
            limit=limit + 1,
        )
    )
    shown = []
    for pilot in found[:limit]:
        roles = known.roles | ({held[pilot.id]} if pilot.id in held else set())
        shown.append((pilot, Acting(caller.subject, frozenset(roles))))
    return shown, len(found) > limit


async def each_pilot(desk: Desk, *, stage: Stage | None = None) -> AsyncIterator[Pilot]:
    """Every one there is, whoever may know of it; or every one at that stage, paused or not."""
    after = ""
    while page := await desk.records.list_pilots(
        Asked(all=True, stage=stage, after=after, limit=_PAGE)
    ):
        for pilot in page:
            yield pilot
        after = page[-1].id
