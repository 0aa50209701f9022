"""Store when services reported a fact. Idempotent."""

from pilotes.events import FactSeenV1
from pilotes.record.domain.usage_facts import FACTS
from pilotes.usage.domain.facts import check_instants
from pilotes.usage.ports import SeenFacts
from socle.clock import Clock


async def store_seen_fact(event: FactSeenV1, *, seen: SeenFacts, clock: Clock) -> None:
    """Store the hour; a fact that no indicator can count is left out.

    Raises Refusal for an hour in the future or before the platform existed; Retry if the database
    is unavailable."""
    check_instants((event.hour,), clock.now())
    if event.fact in FACTS:
        await seen.add(event.fact, event.hour)
