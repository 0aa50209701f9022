"""Withdraw a consent: at once, without a reason, at any stage of the pilot."""

from pilotes.identity.domain.person import Person, pseudonym_of
from pilotes.people.domain.consent import Consent
from pilotes.people.ports import Consents, JointConsents, Trials
from pilotes.record.domain.pilot import PilotId
from pilotes.record.flows.actor import pilot_not_found
from socle.clock import Clock
from socle.errors import Refusal


async def withdraw(
    pilot_id: str,
    person: Person,
    *,
    trials: Trials,
    consents: Consents,
    joints: JointConsents,
    clock: Clock,
) -> Consent | None:
    """Withdraw a person's consent. Returns the consent that ended, now or before: a repeated
    request changes nothing; None if it was never signed by two. If they have one with their account
    and another on their device, both are withdrawn, and that of the account is returned.

    Raises Refusal if there is no such pilot, its salt is destroyed, or they never took part.
    """
    trial = await trials.find(pilot_id)
    if trial is None:
        raise pilot_not_found(PilotId(pilot_id))
    if trial.salt is None:
        raise Refusal(
            "gone",
            "Ce pilote est clos : sa clé est détruite, plus personne ne peut y retrouver qui que "
            "ce soit.",
            rule="key_destroyed",
        )
    known = [(trial.pilot.id, pseudonym_of(trial.salt, each)) for each in person.subjects]
    joint_consents = await joints.list_of(known)
    found = [await consents.withdraw(who, clock.now()) for who in known]
    ended = [each for each in found if each is not None]
    if not ended and not joint_consents:
        raise Refusal(
            "not_found",
            "Vous ne participez pas à ce pilote : il n'y a rien à retirer.",
            rule="not_taking_part",
        )
    return ended[0] if ended else None
