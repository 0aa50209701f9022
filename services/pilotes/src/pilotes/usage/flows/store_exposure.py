"""Store an exposure that a consent covers. Idempotent."""

from pilotes.events import PilotExposedV1
from pilotes.usage.domain.facts import Exposure, check_instants
from pilotes.usage.ports import FactStore, UsageCounters
from socle.clock import Clock
from socle.errors import Refusal


async def store_exposure(
    event: PilotExposedV1, *, facts: FactStore, counters: UsageCounters, clock: Clock
) -> None:
    """Store an exposure, and count what became of it.

    Raises Refusal for an instant in the future or before the platform existed (counted as
    `to_come`); Retry if the database is unavailable."""
    try:
        check_instants((event.at, event.consented_at or event.at), clock.now())
    except Refusal:
        counters.count_events("exposure", "to_come")
        raise
    exposure = Exposure(
        event.pilot_id,
        bytes.fromhex(event.pseudonym),
        event.arm,
        event.at,
        event.consented_at,
    )
    outcome = await facts.add_exposure(exposure)
    counters.count_events("exposure", outcome)
