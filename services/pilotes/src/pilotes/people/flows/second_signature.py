"""The second signature of a consent: a parent with a child, an entitled person for another."""

from dataclasses import dataclass
from datetime import datetime

from pilotes.french.domain import local_day
from pilotes.identity.domain.codes import PERSONAL_LETTERS, read_code
from pilotes.identity.domain.person import PERSON_ROLES
from pilotes.people.domain.capacity import Mandate, check_mandate
from pilotes.people.domain.consent import Consent
from pilotes.people.domain.enrolment import (
    OpenTrial,
    Trial,
    check_notice_read,
    draw_of,
    require_open_trial,
)
from pilotes.people.domain.joint_consent import JointConsent
from pilotes.people.flows.enrol import people_only
from pilotes.people.ports import Consents, JointConsents, Trials
from pilotes.record.domain.pilot import Pilot
from socle.clock import Clock
from socle.errors import Refusal


@dataclass(frozen=True, slots=True)
class SecondSignature:
    """What the code of a second signer opens."""

    joint: JointConsent
    pilot: Pilot
    trial: OpenTrial | None
    """The trial whose notice is to be read and signed; None if no signature is awaited, or it
    cannot be given now."""
    period: Consent | None
    """The period that both signed, and that is not withdrawn; None without one."""
    obstacle: Refusal | None
    """Why the awaited signature cannot be given now: the trial does not enrol people, or under
    another notice. None: it can, or none is awaited."""


async def get_second_signature(
    typed: str, *, joints: JointConsents, trials: Trials, consents: Consents, clock: Clock
) -> SecondSignature:
    """What the code opens. Raises Refusal if it is no code of a second signer. `typed`: the code as
    it was typed."""
    joint = await _find(typed, joints)
    found = await trials.find(joint.pilot_id)
    if found is None:
        raise _unknown()
    periods = await consents.list_of([joint.who])
    last = periods[-1] if periods else None
    signed = last if last and not last.ended and last.capacity.who != "self" else None
    trial, obstacle = None, None
    if joint.pending:
        # They can refuse or withdraw at any time, also where nobody can sign.
        try:
            trial = _signable(joint, found, clock.now())
        except Refusal as refusal:
            obstacle = refusal
    return SecondSignature(joint, found.pilot, trial, signed, obstacle)


async def sign_second(
    typed: str,
    mandate: Mandate,
    role: str,
    *,
    notice_version: str,
    joints: JointConsents,
    trials: Trials,
    consents: Consents,
    clock: Clock,
) -> Consent:
    """Sign: the consent covers the participant from now on. `notice_version`: the one that was
    read. `role`: of the signer on the platform.

    Raises Refusal, with nothing stored, as `get_second_signature`, or if `role` is not one of a
    person, no signature is awaited, the trial does not enrol people now, another notice was read or
    the mandate does not entitle.
    """
    if role not in PERSON_ROLES:
        raise people_only()
    found = await get_second_signature(
        typed, joints=joints, trials=trials, consents=consents, clock=clock
    )
    joint, trial = found.joint, found.trial
    if found.obstacle is not None:
        raise found.obstacle
    if trial is None:
        raise Refusal(
            "conflict",
            "Aucune signature n'est attendue avec ce code. Rien n'a été enregistré.",
            rule="signature_not_awaited",
        )
    check_notice_read(trial, pilot_id=joint.pilot_id, notice_version=notice_version)
    check_mandate(mandate, joint.capacity, last_day=local_day(trial.protocol.ends_at))
    draw = draw_of(trial, joint.stratum)
    return await joints.sign(joint, mandate, clock.now(), draw=draw)


async def withdraw_as_second_signer(
    typed: str, *, joints: JointConsents, consents: Consents, clock: Clock
) -> Consent | None:
    """Withdraw what one signed with a person or for them, or refuse to sign. Returns the last
    period, which has not ended if an adult accepted it alone; None without one. Raises Refusal if
    it is no code of a second signer, or the person decided alone and no signature is awaited."""
    joint = await _find(typed, joints)
    return await consents.withdraw(joint.who, clock.now(), by_second_signer=True)


async def _find(typed: str, joints: JointConsents) -> JointConsent:
    code = read_code(typed, PERSONAL_LETTERS)
    joint = None if code is None else await joints.find(code)
    if joint is None:
        raise _unknown()
    return joint


def _signable(joint: JointConsent, found: Trial, now: datetime) -> OpenTrial:
    """The trial of a signature that is awaited. Raises Refusal if it does not enrol people now, or
    the participant signed under other terms than those of now."""
    trial = require_open_trial(found, now)
    if joint.notice_version != trial.notice.version:
        raise Refusal(
            "conflict",
            "L'essai a changé depuis que la personne a signé : elle relit d'abord, et signe de"
            " nouveau. Rien n'a été enregistré.",
            rule="sign_again_first",
        )
    return trial


def _unknown() -> Refusal:
    return Refusal(
        "not_found",
        "Aucune signature ne correspond à ce code : recopiez-le avec soin, par exemple"
        " 7K3M-9QXT-2A4B-6C8D-EFGH-JKMN.",
        rule="signature_unknown",
    )
