"""Record how many people each trial has reached, so that its team sees them come, and no person.

A count is recorded once it differs by k from the one before, and rounded down to a multiple of k
before it is disclosed (decision 34).
"""

from collections.abc import Sequence
from datetime import date

from pilotes.disclosure.domain.thresholds import rounded_down, stable_count, threshold
from pilotes.record.domain.pilot import Pilot
from pilotes.record.flows.desk import Desk
from pilotes.record.flows.list_pilots import iterate_pilots
from pilotes.usage.domain.people_reached import PeopleReached
from pilotes.usage.ports import FactStore, RecruitmentLog


async def record_recruitment(*, desk: Desk, facts: FactStore, log: RecruitmentLog) -> None:
    """Record the counts that changed, of all pilots at the stage of trial, paused or not. Raises
    Retry."""
    today = desk.clock.now().date()
    async for pilot in iterate_pilots(desk, stage="trial"):
        k = threshold(pilot.field)
        former, reached = await log.latest(pilot.id), await facts.people(pilot.id)
        counts = {
            arm: stable_count(former.get(arm, 0), reached.get(arm, 0), k)
            for arm in former.keys() | reached.keys()
        }
        changed = {arm: many for arm, many in counts.items() if many != former.get(arm, 0)}
        if changed:
            await log.add(pilot.id, today, changed)


async def list_recruitment(pilot: Pilot, *, log: RecruitmentLog) -> Sequence[PeopleReached]:
    """The days on which the disclosed count changed, in their order."""
    k, current = threshold(pilot.field), dict[str, int]()
    found: dict[date, int] = {}
    for step in await log.steps(pilot.id):
        current[step.arm] = rounded_down(step.people, k) or 0
        found[step.day] = sum(current.values())
    return [PeopleReached(day, many) for day, many in found.items()]
