"""Everything that is stored about a person, exported or erased (GDPR art. 15, 17 and 20)."""

from collections.abc import Sequence
from typing import Any

from pilotes.identity.domain.person import Person, reporter_name
from pilotes.people.domain.joint_consent import JointConsent
from pilotes.people.domain.receipt import receipt_code, receipt_key
from pilotes.people.flows.participations import list_participations, pseudonyms_of, records_of
from pilotes.people.ports import (
    Consents,
    JointConsents,
    OwnReport,
    OwnReports,
    Receipts,
    ReporterKey,
    Trials,
)
from pilotes.record.ports import Notices
from socle.clock import Clock


async def export_person(
    person: Person,
    *,
    trials: Trials,
    consents: Consents,
    joints: JointConsents,
    notices: Notices,
    reports: OwnReports,
    clock: Clock,
    withdrawal: str,
) -> dict[str, Any]:
    """Everything that is stored about a person (GDPR art. 15 and 20), JSON-ready.

    Reports are not listed under participations: a member of a team can report without taking part.
    `withdrawal`: as for `list_consent_records`.
    """
    found = await list_participations(person, trials=trials, consents=consents)
    return {
        "exported_at": clock.now().isoformat(),
        "pilots": [
            {
                "pilot_id": each.trial.pilot.id,
                "title": each.trial.pilot.title,
                "pseudonym": each.pseudonym,
                "arm": each.last.arm,
                "consent_records": await records_of(each, notices, withdrawal),
                "facts": await consents.facts_of((each.trial.pilot.id, each.pseudonym)),
            }
            for each in found
        ],
        "joint_consents": [
            _joint_json(each) for each in await joints.list_of(await pseudonyms_of(person, trials))
        ],
        "reports": [
            _report_json(each)
            for each in await reports.list_by(await _reporter_keys(person, trials))
        ],
    }


async def erase_person(
    person: Person,
    *,
    trials: Trials,
    consents: Consents,
    joints: JointConsents,
    receipts: Receipts,
    reports: OwnReports,
) -> int:
    """Erase a person from every pilot (GDPR art. 17). Returns the number of pilots that had data
    about them.

    Consents are erased first: without one the person can no longer report. After a failure, a
    repeated request erases the rest.
    """
    found = await list_participations(person, trials=trials, consents=consents)
    joint_consents = await joints.list_of(await pseudonyms_of(person, trials))
    known = {(each.trial.pilot.id, each.pseudonym) for each in found} | {
        each.who for each in joint_consents
    }
    for who in sorted(known):
        await consents.erase(who)
    await _erase_receipts(person, trials, receipts)
    untied = await reports.anonymise(await _reporter_keys(person, trials))
    return len({*(pilot_id for pilot_id, _ in known), *untied})


async def _erase_receipts(person: Person, trials: Trials, receipts: Receipts) -> None:
    """Erase the receipts of a person. In closed pilots: those that their personal code opens."""
    for trial in await trials.list_salted() if person.subjects else ():
        for identity in person.identities:
            code = receipt_code(trial.salt, identity)
            await receipts.erase(receipt_key(code, trial.pilot.id))
    if person.personal_code is not None:
        for pilot_id, _ in await receipts.list_closed():
            await receipts.erase(receipt_key(person.personal_code, pilot_id))


async def _reporter_keys(person: Person, trials: Trials) -> Sequence[ReporterKey]:
    """The keys of all reports that the person can have made, in every pilot with a salt."""
    salted = await trials.list_salted() if person.subjects else ()
    return [
        (trial.pilot.id, reporter_name(trial.salt, subject))
        for trial in salted
        for subject in person.subjects
    ]


def _joint_json(joint: JointConsent) -> dict[str, Any]:
    return {
        "pilot_id": joint.pilot_id,
        "pseudonym": joint.pseudonym,
        "capacity": joint.capacity,
        "witness": joint.assisted_by,
        "started_at": joint.started_at.isoformat(),
        "notice_version": joint.notice_version,
        "awaited": joint.pending,
        "answer": joint.stratum,
    }


def _report_json(report: OwnReport) -> dict[str, Any]:
    return {
        "pilot_id": report.pilot_id,
        "at": report.at.isoformat(),
        "kind": report.kind,
        "severity": report.severity,
        "role": report.role,
        "said": report.text,
    }
