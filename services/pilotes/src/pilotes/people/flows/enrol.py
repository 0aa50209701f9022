"""Enrol a person in a pilot, with a code, after they read the notice and made the required
declarations."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pilotes.identity.domain.codes import ENROLMENT_LETTERS, PERSONAL_LETTERS, new_code, read_code
from pilotes.identity.domain.person import PERSON_ROLES, Person, personal_code_subject, pseudonym_of
from pilotes.people.domain.capacity import Assistance, Capacity, CapacityType, check_capacity
from pilotes.people.domain.consent import Consent, active_consent
from pilotes.people.domain.eligibility import (
    check_place,
    check_same_place,
    check_stratum,
    missing_declarations,
)
from pilotes.people.domain.enrolment import (
    OpenTrial,
    check_notice_read,
    draw_of,
    invited_to,
    require_open_trial,
)
from pilotes.people.domain.joint_consent import JointConsent
from pilotes.people.ports import (
    Codes,
    Consents,
    JointConsents,
    NewConsent,
    PilotPseudonym,
    Trials,
)
from pilotes.record.domain.draws.permuted_blocks import BlockDraw
from pilotes.record.domain.readings import ReadingType
from socle.clock import Clock
from socle.errors import Refusal

RandomBytes = Callable[[int], bytes]
"""Returns that many unpredictable bytes."""
_PERSONAL_BYTES: Final = 15
"""120 bits, for 24 letters of 5."""


@dataclass(frozen=True, slots=True)
class EnrolmentRequest:
    """The request of a person who agrees to take part."""

    code: str
    """The enrolment code as it was typed."""
    pilot_id: str
    """The pilot whose notice they read."""
    notice_version: str
    """The version of the notice they read."""
    declared: frozenset[str]
    """Names of the declarations they made."""
    place: str = ""
    """The code of the place they chose; empty: none, or the enrolment code has one."""
    capacity: CapacityType = "self"
    assisted_by: Assistance | None = None
    reading: ReadingType = "plain"
    """The reading of the notice that they chose."""
    stratum: str = ""
    """The code of their answer, in a trial that draws in blocks; empty: none."""

    @property
    def decided_as(self) -> Capacity:
        """How they decide."""
        return Capacity(self.capacity, self.assisted_by)


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A person who has enrolled: `consent` or `joint` is set."""

    consent: Consent | None
    joint: JointConsent | None
    """What awaits a second signature."""
    trial: OpenTrial
    personal_code: str | None
    """The code that identifies a person without an account from now on; None with an account."""


async def get_open_trial(typed: str, *, codes: Codes, trials: Trials, clock: Clock) -> OpenTrial:
    """The trial that a code gives access to; the code is not used. Raises Refusal if the code is
    not valid, or the trial does not enrol people now. `typed`: the code as it was typed."""
    code, now = _read(typed), clock.now()
    pilot_id = await codes.get_pilot_id(code, now)
    return await _open(pilot_id, now, trials=trials, place=await codes.find_place(code))


async def enrol(
    request: EnrolmentRequest,
    person: Person,
    role: str,
    *,
    codes: Codes,
    trials: Trials,
    consents: Consents,
    joints: JointConsents,
    clock: Clock,
    random_bytes: RandomBytes,
) -> Enrolled:
    """Enrol a person. A person who already takes part in `request.pilot_id` gets their consent
    again, and uses no code. Where somebody else signs too, nothing begins before they do.

    `role`: their role on the platform. Raises Refusal, with nothing stored, if `role` is not one of
    a person, the code is not valid or of another pilot, the trial does not enrol people now, the
    notice changed, no place is chosen where one is drawn, or another one than before, no answer
    where one is required, or the pilot does not take that person in their capacity.
    """
    if role not in PERSON_ROLES:
        raise people_only()
    code, now = _read(request.code), clock.now()
    who = await _known_as(request.pilot_id, person, trials=trials)
    periods = await consents.list_of(who)
    personal_code = _personal_code(person, random_bytes)
    if already := active_consent(periods):
        trial = await _open(already.pilot_id, now, trials=trials)
        return Enrolled(already, None, trial, personal_code)
    # A form that they sent before can have used up their code, and holds their place: both stay.
    trial = await _find_awaiting(who, now, trials=trials, joints=joints) or await get_open_trial(
        code, codes=codes, trials=trials, clock=clock
    )
    place, draw = _check_request(request, trial, person, periods)
    capacity, pseudonym = request.decided_as, _new_pseudonym(trial, person, personal_code)
    agreement = agreement_of(trial, pseudonym, person, now, capacity, request.reading, place, draw)
    if capacity.who == "self":
        return Enrolled(await consents.give(agreement, code), None, trial, personal_code)
    return Enrolled(None, await joints.begin(agreement, code), trial, personal_code)


async def get_awaiting_trial(
    pilot_id: str, person: Person, *, trials: Trials, joints: JointConsents, clock: Clock
) -> OpenTrial | None:
    """The trial of a person who awaits a second signature, whose code is used up, at the place that
    they signed with; None if they await none. Raises Refusal if the trial does not enrol people
    now."""
    who = await _known_as(pilot_id, person, trials=trials)
    return await _find_awaiting(who, clock.now(), trials=trials, joints=joints)


async def _open(
    pilot_id: str, now: datetime, *, trials: Trials, place: str | None = None
) -> OpenTrial:
    """The trial of that pilot. `place`: that of the code, if it has one. Raises Refusal if it does
    not enrol people at that instant."""
    trial = await trials.find(pilot_id)
    if trial is None:
        raise Refusal("not_found", "Ce pilote n'existe plus.", rule="pilot_missing")
    return invited_to(require_open_trial(trial, now), place)


def people_only() -> Refusal:
    """The refusal of a program that would take part."""
    return Refusal(
        "forbidden", "Seule une personne peut participer à un pilote.", rule="people_only"
    )


def check_excluded(excluded_subjects: frozenset[str], person: Person) -> None:
    """Raises Refusal if the person leads or judges the pilot."""
    if person.account in excluded_subjects:
        raise Refusal(
            "forbidden",
            "Vous portez ce pilote, ou vous donnez votre avis sur lui : vous ne pouvez pas y"
            " participer.",
            rule="judge_of_pilot",
        )


def check_eligible(trial: OpenTrial, declared: frozenset[str], person: Person) -> None:
    """Raises Refusal if the person leads or judges the pilot, or a declaration is missing.
    `declared`: names of those that were made."""
    check_excluded(trial.excluded_subjects, person)
    account = person.account is not None
    missing = missing_declarations(trial.protocol.rules, declared, account=account)
    if missing:
        raise Refusal(
            "invalid",
            "Pour participer, il faut pouvoir dire : « "
            + " », « ".join(missing)
            + " » Rien n'a été enregistré.",
            rule="not_eligible",
            missing=missing,
        )


def agreement_of(
    trial: OpenTrial,
    pseudonym: str,
    person: Person,
    now: datetime,
    capacity: Capacity,
    reading: ReadingType,
    place: str | None = None,
    draw: BlockDraw | None = None,
) -> NewConsent:
    """The consent of a person to a trial as it is now. `place`: of the draw; None: as before, or
    the trial draws people. `draw`: theirs; None: as before, or the trial does not draw in
    blocks."""
    return NewConsent(
        pilot_id=trial.pilot.id,
        pseudonym=pseudonym,
        at=now,
        notice_version=trial.notice.version,
        protocol_version=trial.protocol.version,
        means=person.means,
        account=person.account,
        capacity=capacity,
        reading=reading,
        place=place,
        draw=draw,
    )


def _check_request(
    request: EnrolmentRequest, trial: OpenTrial, person: Person, periods: Sequence[Consent]
) -> tuple[str | None, BlockDraw | None]:
    """The place of the person, None if the trial draws people; and their draw, None if it does not
    draw in blocks. `periods`: their former ones. Raises Refusal."""
    check_notice_read(
        trial,
        pilot_id=request.pilot_id,
        notice_version=request.notice_version,
        reading=request.reading,
    )
    check_capacity(request.capacity, trial.protocol.rules)
    check_eligible(trial, request.declared, person)
    design = trial.protocol.design
    place = check_place(design, request.place, trial.invited_place)
    check_same_place(design, place, periods[-1].place if periods else None)
    return place, draw_of(trial, check_stratum(design, request.stratum))


def _new_pseudonym(trial: OpenTrial, person: Person, personal_code: str | None) -> str:
    """The pseudonym they take part under. `personal_code`: of a person without an account."""
    return pseudonym_of(trial.salt, person.account or personal_code_subject(personal_code or ""))


def _personal_code(person: Person, random_bytes: RandomBytes) -> str | None:
    """The code of a person without an account, a new one if they have none yet; None with one."""
    if person.account:
        return None
    return person.personal_code or new_code(random_bytes(_PERSONAL_BYTES), PERSONAL_LETTERS)


async def _find_awaiting(
    who: Sequence[PilotPseudonym], now: datetime, *, trials: Trials, joints: JointConsents
) -> OpenTrial | None:
    """`get_awaiting_trial` of a person, by their pseudonym."""
    awaited = next((each for each in await joints.list_of(who) if each.pending), None)
    if awaited is None:
        return None
    return await _open(awaited.pilot_id, now, trials=trials, place=awaited.place)


async def _known_as(pilot_id: str, person: Person, *, trials: Trials) -> Sequence[PilotPseudonym]:
    """Their pseudonym in that pilot, under the identity they would consent with now; empty if they
    have none yet."""
    salt = await trials.salt_of(pilot_id) if person.subject else None
    if salt is None or person.subject is None:
        return ()
    return [(pilot_id, pseudonym_of(salt, person.subject))]


def _read(typed: str) -> str:
    """The enrolment code in a typed text. Raises Refusal."""
    code = read_code(typed, ENROLMENT_LETTERS)
    if code is None:
        raise Refusal(
            "invalid",
            f"Ce code n'est pas complet : il a {ENROLMENT_LETTERS} lettres et chiffres, en deux "
            "groupes. Recopiez-le du papier que vous avez reçu.",
            rule="code_incomplete",
        )
    return code
