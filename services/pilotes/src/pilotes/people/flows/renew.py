"""Consent again, once the terms changed that a person agreed to. No code is needed."""

from dataclasses import dataclass

from pilotes.identity.domain.person import PERSON_ROLES, Person
from pilotes.people.domain.capacity import Assistance, Capacity, CapacityType, check_capacity
from pilotes.people.domain.consent import Consent
from pilotes.people.domain.enrolment import OpenTrial, check_notice_read, require_open_trial
from pilotes.people.domain.joint_consent import JointConsent
from pilotes.people.flows.enrol import agreement_of, check_eligible, check_excluded, people_only
from pilotes.people.flows.participations import Participation, find_participation
from pilotes.people.ports import Consents, JointConsents, Trials
from pilotes.record.domain.amendments import changes_since
from pilotes.record.domain.pilot import PilotId
from pilotes.record.domain.readings import ReadingType
from pilotes.record.flows.actor import pilot_not_found
from socle.clock import Clock
from socle.errors import Refusal


@dataclass(frozen=True, slots=True)
class Renewal:
    """A consent whose terms changed, and the trial as it is now."""

    participation: Participation
    trial: OpenTrial
    reasons: tuple[str, ...]
    """Why it changed, by amendment; empty after another wording alone."""
    changes: tuple[str, ...]
    """What changed since, in French."""


@dataclass(frozen=True, slots=True)
class RenewalRequest:
    """The request of a person who agrees to the new terms."""

    pilot_id: str
    notice_version: str
    """The version of the notice they read."""
    declared: frozenset[str]
    """Names of the declarations they made."""
    capacity: CapacityType = "self"
    assisted_by: Assistance | None = None
    reading: ReadingType = "plain"
    """The reading of the notice that they chose."""


async def get_renewal(
    pilot_id: str, person: Person, *, trials: Trials, consents: Consents, clock: Clock
) -> Renewal:
    """What a person can agree to again, under the identity they would consent with now. Raises
    Refusal if the terms did not change for them, they lead or judge the pilot, or the trial does
    not enrol people now."""
    now = Person(account=person.account) if person.account else person
    found = await find_participation(now, pilot_id, trials=trials, consents=consents)
    if not found.last.to_renew:
        raise Refusal(
            "conflict",
            "Il n'y a rien à accepter de nouveau dans ce pilote.",
            rule="nothing_to_renew",
        )
    trial = await trials.find(pilot_id)
    if trial is None:
        raise pilot_not_found(PilotId(pilot_id))
    check_excluded(trial.excluded_subjects, now)
    offered = require_open_trial(trial, clock.now())
    agreed = await trials.agreed_terms(found.last)
    changes = changes_since(
        agreed.protocol, offered.protocol, read=agreed.notice, current=offered.notice
    )
    return Renewal(found, offered, agreed.reasons, changes)


async def renew(
    request: RenewalRequest,
    person: Person,
    role: str,
    *,
    trials: Trials,
    consents: Consents,
    joints: JointConsents,
    clock: Clock,
) -> Consent | JointConsent:
    """Begin a period under the new terms, or what awaits a second signature; what was counted under
    the former ones stays.

    `role`: their role on the platform. Raises Refusal, with nothing stored, as `get_renewal` does,
    or if `role` is not one of a person, the notice changed, the pilot takes nobody in their
    capacity, or a declaration is missing.
    """
    if role not in PERSON_ROLES:
        raise people_only()
    pilot_id = request.pilot_id
    renewal = await get_renewal(pilot_id, person, trials=trials, consents=consents, clock=clock)
    trial = renewal.trial
    check_notice_read(
        trial, pilot_id=pilot_id, notice_version=request.notice_version, reading=request.reading
    )
    check_capacity(request.capacity, trial.protocol.rules)
    check_eligible(trial, request.declared, person)
    capacity = Capacity(request.capacity, request.assisted_by)
    now, pseudonym = clock.now(), renewal.participation.pseudonym
    agreement = agreement_of(trial, pseudonym, person, now, capacity, request.reading)
    if capacity.who == "self":
        return await consents.give(agreement, None)
    return await joints.begin(agreement, None)
