"""How many people each arm of each trial has reached, for Prometheus: at least k, in steps of k, so
that no single person is visible."""

from collections.abc import Mapping

from pilotes.disclosure.domain.thresholds import rounded_down, stable_count, threshold
from pilotes.record.flows.desk import Desk
from pilotes.record.flows.list_pilots import iterate_pilots
from pilotes.usage.ports import FactStore, UsageCounters

StableCounts = Mapping[tuple[str, str], int]
"""By pilot and arm, the exact counts from which the published ones were rounded."""


async def publish_participant_counts(
    former: StableCounts, *, desk: Desk, facts: FactStore, counters: UsageCounters
) -> StableCounts:
    """Publish the counts of all pilots at the stage of trial, paused or not.

    `former`: what the previous call returned; empty at first.
    """
    counts: dict[tuple[str, str], int] = {}
    rounded: dict[tuple[str, str], int] = {}
    async for pilot in iterate_pilots(desk, stage="trial"):
        k = threshold(pilot.field)
        reached = await facts.people(pilot.id)
        for arm in reached.keys() | {arm for name, arm in former if name == pilot.id}:
            what = pilot.id, arm
            counts[what] = stable_count(former.get(what, 0), reached.get(arm, 0), k)
            count = rounded_down(counts[what], k)
            if count is not None:
                rounded[what] = count
    counters.set_participants(rounded)
    return counts
