"""Restrict the use of one's data in a pilot (GDPR art. 18): it is stored, and nothing counts it."""

from pilotes.identity.domain.person import Person
from pilotes.people.domain.consent import Consent
from pilotes.people.flows.participations import find_participation
from pilotes.people.ports import Consents, Trials
from socle.clock import Clock
from socle.errors import Refusal


async def restrict(
    pilot_id: str, person: Person, *, trials: Trials, consents: Consents, clock: Clock
) -> Consent:
    """Restrict a person's participation in a pilot, at any stage. What they did is stored and
    counted nowhere, until they erase it or its retention period ends; nothing new is counted unless
    they agree again. Returns the period; a repeated request changes nothing.

    Raises Refusal if they never took part, or withdrew: nothing is stored then.
    """
    found = await find_participation(person, pilot_id, trials=trials, consents=consents)
    restricted = await consents.restrict((pilot_id, found.pseudonym), clock.now())
    if restricted is None or restricted.ended:
        raise Refusal(
            "conflict",
            "Vous ne participez plus à ce pilote : il n'y a plus rien à limiter.",
            rule="nothing_to_restrict",
        )
    return restricted
