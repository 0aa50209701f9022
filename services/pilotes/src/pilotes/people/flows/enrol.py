"""Let somebody into a pilot: by a code, on a notice they read, having declared what it asks for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from pilotes.identity.domain.codes import ENROLMENT, PERSONAL, new_code, read_code
from pilotes.identity.domain.person import PEOPLE, Person, of_personal, pseudonym_of
from pilotes.people.domain.consent import Consent, standing
from pilotes.people.domain.eligibility import missing_of
from pilotes.people.domain.enrolment import OpenTrial, check_meant, open_trial
from pilotes.people.ports import Agreement, Codes, Consents, Trials
from socle.clock import Clock
from socle.errors import Refusal

Chance = Callable[[int], bytes]
"""So many bytes that nobody can foresee."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Somebody agrees. `code`: as they typed it; `pilot_id`, `notice_version`: of the notice that
    was in front of them; `declared`: names of what they declare."""

    code: str
    pilot_id: str
    notice_version: str
    declared: frozenset[str]


@dataclass(frozen=True, slots=True)
class Enrolled:
    """`personal`: the code by which somebody without an account is known from now on."""

    consent: Consent
    trial: OpenTrial
    personal: str | None


async def get_trial(typed: str, *, codes: Codes, trials: Trials, clock: Clock) -> OpenTrial:
    """What a code opens. Raises Refusal. Nothing is used: whoever looks has not decided."""
    code, now = _read(typed), clock.now()
    return await _open(await codes.pilot_of(code, now), now, trials=trials)


async def enrol(
    decision: Decision,
    person: Person,
    role: str,
    *,
    codes: Codes,
    trials: Trials,
    consents: Consents,
    clock: Clock,
    chance: Chance,
) -> Enrolled:
    """Raises Refusal, and nothing is kept. Asked again by the same person, the same is answered."""
    if role not in PEOPLE:
        raise Refusal("forbidden", "Seule une personne peut participer à un pilote.")
    code, now = _read(decision.code), clock.now()
    already = await _already(decision, person, trials=trials, consents=consents)
    pilot_id = already.pilot_id if already else await codes.pilot_of(code, now)
    trial = await _open(pilot_id, now, trials=trials)
    if already:
        return Enrolled(already, trial, None if person.account else person.personal)
    check_meant(trial, pilot_id=decision.pilot_id, notice_version=decision.notice_version)
    _check_eligible(trial, decision, person)
    personal = None if person.account else person.personal or new_code(chance(15), PERSONAL)
    subject = person.account or of_personal(personal or "")
    consent = await consents.give(_agreement(trial, subject, person, now), code)
    return Enrolled(consent, trial, personal)


async def _open(pilot_id: str, now: datetime, *, trials: Trials) -> OpenTrial:
    trial = await trials.find(pilot_id)
    if trial is None:
        raise Refusal("not_found", "Ce pilote n'existe plus.")
    return open_trial(trial, now)


def _check_eligible(trial: OpenTrial, decision: Decision, person: Person) -> None:
    account = person.account is not None
    missing = missing_of(trial.protocol.rules, decision.declared, account=account)
    if missing:
        raise Refusal(
            "invalid",
            "Pour participer, il faut pouvoir dire : « "
            + " », « ".join(missing)
            + " » Rien n'a été enregistré.",
            missing=missing,
        )


def _agreement(trial: OpenTrial, subject: str, person: Person, now: datetime) -> Agreement:
    return Agreement(
        pilot_id=trial.pilot.id,
        pseudonym=pseudonym_of(trial.salt, subject),
        at=now,
        notice_version=trial.notice.version,
        protocol_version=trial.protocol.version,
        means=person.means,
    )


async def _already(
    decision: Decision, person: Person, *, trials: Trials, consents: Consents
) -> Consent | None:
    """The consent of whoever sends the same form twice: their code may be used up by the first."""
    trial = await trials.find(decision.pilot_id) if person.subject else None
    if trial is None or trial.salt is None or person.subject is None:
        return None
    known = (trial.pilot.id, pseudonym_of(trial.salt, person.subject))
    return standing(await consents.list_of([known]))


def _read(typed: str) -> str:
    code = read_code(typed, ENROLMENT)
    if code is None:
        raise Refusal(
            "invalid",
            f"Ce code n'est pas complet : il a {ENROLMENT} lettres et chiffres, en deux groupes. "
            "Recopiez-le du papier que vous avez reçu.",
        )
    return code
