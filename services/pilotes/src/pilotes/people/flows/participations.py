"""The participations of a person in every pilot: listed, exported, erased.

Only the person links the pilots: each is queried by the pseudonym they have there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pilotes.identity.domain.person import Person, pseudonym_of, reporter_name
from pilotes.people.domain.consent import Consent, consent_record
from pilotes.people.domain.enrolment import SaltedPilot
from pilotes.people.ports import Consents, OwnReports, PilotPseudonym, ReporterKey, Trials
from pilotes.record.ports import Notices
from socle.clock import Clock
from socle.errors import Refusal


@dataclass(frozen=True, slots=True)
class Participation:
    """One person in one pilot. `consents`: their periods, the first one first."""

    trial: SaltedPilot
    pseudonym: str
    consents: Sequence[Consent]

    @property
    def last(self) -> Consent:
        return self.consents[-1]


async def list_participations(
    person: Person, *, trials: Trials, consents: Consents
) -> Sequence[Participation]:
    """All participations of the account and of the device."""
    if not person.subjects:
        return ()
    known: dict[PilotPseudonym, SaltedPilot] = {
        (trial.pilot.id, pseudonym_of(trial.salt, subject)): trial
        for trial in await trials.list_salted()
        for subject in person.subjects
    }
    periods: dict[PilotPseudonym, list[Consent]] = {}
    for each in await consents.list_of(known):
        periods.setdefault((each.pilot_id, each.pseudonym), []).append(each)
    return tuple(
        Participation(known[who], who[1], tuple(own)) for who, own in sorted(periods.items())
    )


async def is_participant(
    person: Person, pilot_id: str, *, trials: Trials, consents: Consents
) -> bool:
    """Whether a consent of the person stands in the pilot."""
    salt = await trials.salt_of(pilot_id) if person.subjects else None
    if salt is None:
        return False
    known = [(pilot_id, pseudonym_of(salt, each)) for each in person.subjects]
    return any(each.stands for each in await consents.list_of(known))


async def find_participation(
    person: Person, pilot_id: str, *, trials: Trials, consents: Consents
) -> Participation:
    """The person's participation in a pilot; one that stands comes first. Raises Refusal where
    there is none."""
    found = [
        each
        for each in await list_participations(person, trials=trials, consents=consents)
        if each.trial.pilot.id == pilot_id
    ]
    if not found:
        raise Refusal(
            "not_found", "Vous ne participez pas à ce pilote, ou pas depuis cet appareil."
        )
    return max(found, key=lambda each: each.last.stands)


async def check_personal_code(
    code: str, held: str | None, *, trials: Trials, consents: Consents
) -> None:
    """Whether somebody takes part with that personal code, so that this device can store it.
    `held`: the code it stores now. Raises Refusal: nobody does, or the device would lose another
    participant's code."""
    if not await list_participations(Person(personal_code=code), trials=trials, consents=consents):
        raise Refusal(
            "not_found",
            "Aucune participation ne correspond à ce code personnel : recopiez-le avec soin. Si le "
            "pilote est clos, il n'y a plus rien à retrouver.",
        )
    if held is None or held == code:
        return
    if await list_participations(Person(personal_code=held), trials=trials, consents=consents):
        raise Refusal(
            "conflict",
            "Cet appareil connaît déjà une autre personne. À la page « Mes participations », "
            "notez son code personnel, puis « Oublier qui je suis sur cet appareil ».",
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
    """The person's consent records in one pilot. Raises Refusal where there are none."""
    found = [
        each
        for each in await list_participations(person, trials=trials, consents=consents)
        if each.trial.pilot.id == pilot_id
    ]
    if not found:
        raise Refusal("not_found", "Vous n'avez pas de consentement pour ce pilote.")
    return [record for each in found for record in await _records(each, notices, withdrawal)]


async def export_person(
    person: Person,
    *,
    trials: Trials,
    consents: Consents,
    notices: Notices,
    reports: OwnReports,
    clock: Clock,
    withdrawal: str,
) -> dict[str, Any]:
    """Everything that is stored of a person (GDPR art. 15 and 20), JSON-ready. Reports are listed
    apart: a member of a team can report without taking part."""
    found = await list_participations(person, trials=trials, consents=consents)
    return {
        "exported_at": clock.now().isoformat(),
        "pilots": [
            {
                "pilot_id": each.trial.pilot.id,
                "title": each.trial.pilot.title,
                "pseudonym": each.pseudonym,
                "consent_records": await _records(each, notices, withdrawal),
                "facts": await consents.facts_of((each.trial.pilot.id, each.pseudonym)),
            }
            for each in found
        ],
        "reports": [
            {
                "pilot_id": each.pilot_id,
                "at": each.at.isoformat(),
                "kind": each.kind,
                "severity": each.severity,
                "role": each.role,
                "said": each.text,
            }
            for each in await reports.list_by(await _reporter_keys(person, trials))
        ],
    }


async def erase_person(
    person: Person, *, trials: Trials, consents: Consents, reports: OwnReports
) -> int:
    """Erase a person from every pilot (GDPR art. 17). Returns in how many pilots they were known.

    Consents are erased first, so that no report follows. A repeated request after a failure
    finishes the rest.
    """
    found = await list_participations(person, trials=trials, consents=consents)
    for each in found:
        await consents.erase((each.trial.pilot.id, each.pseudonym))
    untied = await reports.anonymise(await _reporter_keys(person, trials))
    return len({*(each.trial.pilot.id for each in found), *untied})


async def _reporter_keys(person: Person, trials: Trials) -> Sequence[ReporterKey]:
    """Every pilot in which the person can have reported something."""
    salted = await trials.list_salted() if person.subjects else ()
    return [
        (trial.pilot.id, reporter_name(trial.salt, subject))
        for trial in salted
        for subject in person.subjects
    ]


async def _records(of: Participation, notices: Notices, withdrawal: str) -> list[dict[str, Any]]:
    records = []
    for consent in of.consents:
        notice = await notices.find(consent.pilot_id, consent.notice_version)
        assert notice is not None, "the notice of a consent exists"
        records.append(consent_record(consent, notice, withdrawal=withdrawal))
    return records
