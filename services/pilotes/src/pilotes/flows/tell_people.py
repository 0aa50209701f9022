"""How many people each arm of each trial has reached, for Prometheus: never fewer than k, and in
steps of k, so that nobody is seen to come or to go."""

from pilotes.domain.disclosure.thresholds import at_least, threshold
from pilotes.flows.desk import Desk
from pilotes.flows.list_pilots import each_pilot
from pilotes.ports.usage import FactStore, UsageFigures


async def tell_people(*, desk: Desk, facts: FactStore, figures: UsageFigures) -> None:
    """Of the pilots at the stage of trial, paused or not."""
    told: dict[tuple[str, str], int] = {}
    async for pilot in each_pilot(desk, stage="trial"):
        k = threshold(pilot.field)
        for arm, many in (await facts.people(pilot.id)).items():
            shown = at_least(many, k)
            if shown is not None:
                told[pilot.id, arm] = shown
    figures.reached(told)
