"""How many people each arm of each trial has reached, for Prometheus: never fewer than k, and in
steps of k, so that nobody is seen to come or to go."""

from collections.abc import Mapping

from pilotes.disclosure.domain.thresholds import at_least, settled, threshold
from pilotes.record.flows.desk import Desk
from pilotes.record.flows.list_pilots import each_pilot
from pilotes.usage.ports import FactStore, UsageFigures

Settled = Mapping[tuple[str, str], int]
"""By pilot and arm, the counts that were told of: not to be shown as they are."""


async def tell_people(
    former: Settled, *, desk: Desk, facts: FactStore, figures: UsageFigures
) -> Settled:
    """Of the pilots at the stage of trial, paused or not. `former`: of the last time."""
    counts: dict[tuple[str, str], int] = {}
    told: dict[tuple[str, str], int] = {}
    async for pilot in each_pilot(desk, stage="trial"):
        k = threshold(pilot.field)
        reached = await facts.people(pilot.id)
        for arm in reached.keys() | {arm for name, arm in former if name == pilot.id}:
            what = pilot.id, arm
            counts[what] = settled(former.get(what, 0), reached.get(arm, 0), k)
            shown = at_least(counts[what], k)
            if shown is not None:
                told[what] = shown
    figures.reached(told)
    return counts
