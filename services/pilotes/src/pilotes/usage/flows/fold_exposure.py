"""Fold whom a pilot reached, where a consent stands. The same exposure twice is one."""

from pilotes.events import PilotExposedV1
from pilotes.usage.domain.facts import Exposure, check_instants
from pilotes.usage.ports import FactStore, UsageFigures
from socle.clock import Clock
from socle.errors import Refusal


async def fold_exposure(
    told: PilotExposedV1, *, facts: FactStore, figures: UsageFigures, clock: Clock
) -> None:
    """Raises Refusal for one from the future; Retry."""
    try:
        check_instants((told.at,), clock.now())
    except Refusal:
        figures.heard("exposure", "to_come")
        raise
    exposure = Exposure(told.pilot_id, bytes.fromhex(told.pseudonym), told.arm, told.at)
    ending = await facts.add_exposure(exposure)
    figures.heard("exposure", ending)
