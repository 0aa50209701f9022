"""The participations of a person in every pilot.

A person has another pseudonym in each pilot: the database does not link them, and each pilot is
queried separately.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pilotes.identity.domain.person import Person, pseudonym_of
from pilotes.people.domain.consent import Consent, consent_record
from pilotes.people.domain.enrolment import SaltedPilot
from pilotes.people.domain.joint_consent import JointConsent
from pilotes.people.ports import (
    Consents,
    JointConsents,
    PilotPseudonym,
    Trials,
)
from pilotes.record.ports import Notices
from socle.errors import Refusal


@dataclass(frozen=True, slots=True)
class Participation:
    """One person in one pilot."""

    trial: SaltedPilot
    pseudonym: str
    """Their pseudonym in that pilot, in hexadecimal."""
    consents: Sequence[Consent]
    """Their periods, at least one, the first one first."""

    @property
    def last(self) -> Consent:
        """The latest period."""
        return self.consents[-1]


@dataclass(frozen=True, slots=True)
class JointParticipation:
    """What a person began in a pilot, and another signs or signed."""

    trial: SaltedPilot
    joint: JointConsent


async def list_participations(
    person: Person, *, trials: Trials, consents: Consents
) -> Sequence[Participation]:
    """All participations of a person, with their account and on their device, active or not."""
    known = await pseudonyms_of(person, trials)
    periods: dict[PilotPseudonym, list[Consent]] = {}
    for each in await consents.list_of(known):
        periods.setdefault((each.pilot_id, each.pseudonym), []).append(each)
    return tuple(
        Participation(known[who], who[1], tuple(own)) for who, own in sorted(periods.items())
    )


async def list_joint_participations(
    person: Person, *, trials: Trials, joints: JointConsents
) -> Sequence[JointParticipation]:
    """What a person began that another signs, with their account and on their device, awaited or
    not."""
    known = await pseudonyms_of(person, trials)
    return [JointParticipation(known[each.who], each) for each in await joints.list_of(known)]


async def find_awaited(
    person: Person, pilot_id: str, *, trials: Trials, joints: JointConsents
) -> JointParticipation:
    """What awaits a second signature in a pilot. Raises Refusal if nothing does."""
    for each in await list_joint_participations(person, trials=trials, joints=joints):
        if each.joint.pending and each.joint.pilot_id == pilot_id:
            return each
    raise Refusal(
        "not_found",
        "Aucune signature n'est attendue pour ce pilote, ou pas depuis cet appareil.",
        rule="nothing_awaited",
    )


async def is_participant(
    person: Person, pilot_id: str, *, trials: Trials, consents: Consents
) -> bool:
    """Whether the person takes part in the pilot: they did not withdraw. Those whose terms changed
    can still report."""
    salt = await trials.salt_of(pilot_id) if person.subjects else None
    if salt is None:
        return False
    known = [(pilot_id, pseudonym_of(salt, each)) for each in person.subjects]
    return any(not each.ended for each in await consents.list_of(known))


async def find_participation(
    person: Person, pilot_id: str, *, trials: Trials, consents: Consents
) -> Participation:
    """The person's participation in a pilot. If they have one with their account and another on
    their device, the active one is preferred, then one to renew. Raises Refusal if there is
    none."""
    found = [
        each
        for each in await list_participations(person, trials=trials, consents=consents)
        if each.trial.pilot.id == pilot_id
    ]
    if not found:
        raise Refusal(
            "not_found",
            "Vous ne participez pas à ce pilote, ou pas depuis cet appareil.",
            rule="not_taking_part",
        )
    return max(found, key=lambda each: (each.last.active, each.last.to_renew))


async def check_personal_code(
    code: str, held: str | None, *, trials: Trials, consents: Consents, joints: JointConsents
) -> None:
    """Check that a device can store that personal code. `held`: the code that it stores now.

    Raises Refusal if no participant has that code, or if the device stores the code of another
    participant, which it would lose.
    """
    if not await _is_known(code, trials, consents, joints):
        raise Refusal(
            "not_found",
            "Aucune participation ne correspond à ce code personnel : recopiez-le avec soin. Si le "
            "pilote est clos, il n'y a plus rien à retrouver.",
            rule="personal_code_unknown",
        )
    if held is None or held == code:
        return
    if await _is_known(held, trials, consents, joints):
        raise Refusal(
            "conflict",
            "Cet appareil connaît déjà une autre personne. À la page « Mes participations », "
            "notez son code personnel, puis « Oublier qui je suis sur cet appareil ».",
            rule="device_taken",
        )


async def list_consent_records(
    person: Person,
    pilot_id: str,
    *,
    trials: Trials,
    consents: Consents,
    notices: Notices,
    withdrawal: str,
) -> list[dict[str, Any]]:
    """The person's consent records in one pilot. Raises Refusal if there are none. `withdrawal`:
    the address of the page on which consents can be withdrawn."""
    found = [
        each
        for each in await list_participations(person, trials=trials, consents=consents)
        if each.trial.pilot.id == pilot_id
    ]
    if not found:
        raise Refusal(
            "not_found",
            "Vous n'avez pas de consentement pour ce pilote.",
            rule="not_taking_part",
        )
    return [record for each in found for record in await records_of(each, notices, withdrawal)]


async def pseudonyms_of(person: Person, trials: Trials) -> dict[PilotPseudonym, SaltedPilot]:
    """All pseudonyms that the person can have, in every pilot with a salt."""
    salted = await trials.list_salted() if person.subjects else ()
    return {
        (trial.pilot.id, pseudonym_of(trial.salt, subject)): trial
        for trial in salted
        for subject in person.subjects
    }


async def _is_known(
    personal_code: str, trials: Trials, consents: Consents, joints: JointConsents
) -> bool:
    """Whether that code takes part in a pilot, took part, or awaits a second signature."""
    known = await pseudonyms_of(Person(personal_code=personal_code), trials)
    return bool(await consents.list_of(known) or await joints.list_of(known))


async def records_of(of: Participation, notices: Notices, withdrawal: str) -> list[dict[str, Any]]:
    """The consent records of a participation. `withdrawal`: as for `list_consent_records`."""
    records = []
    for consent in of.consents:
        notice = await notices.find(consent.pilot_id, consent.notice_version)
        assert notice is not None, "the notice of a consent exists"
        records.append(consent_record(consent, notice, withdrawal=withdrawal))
    return records
