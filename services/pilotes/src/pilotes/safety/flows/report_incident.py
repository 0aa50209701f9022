"""Report an incident, an accessibility problem or a comment; a severe incident pauses the pilot at
once."""

from dataclasses import replace

from pilotes.identity.domain.person import Person, pseudonym_of, reporter_name
from pilotes.people.ports import Trials
from pilotes.record.domain.pilot import PilotId
from pilotes.record.flows.desk import Desk
from pilotes.safety.domain.incident_reports import MAX_PER_DAY, Report, ReportType, Severity
from pilotes.safety.flows.stop_harm import is_pause_of, stop_for_incidents
from pilotes.safety.ports import Reporter, Reports
from socle.auth import Caller
from socle.errors import Refusal


async def report_incident(
    pilot_id: PilotId,
    caller: Caller,
    kind: ReportType,
    severity: Severity | None,
    text: str,
    *,
    desk: Desk,
    reports: Reports,
    trials: Trials,
    personal_code: str | None = None,
) -> Report:
    """Store a report, and pause the pilot for a severe incident (`stop_for_incidents`). If the
    process ends before the pause, the role `fold` does it. Returns the report as it was stored.

    `severity`: of an incident, else None. `personal_code`: the code that the caller's device
    stores. Raises Refusal if the caller is not permitted or beyond their daily limit, the pilot is
    closed, or `severity` does not fit `kind`."""
    if (severity is None) == (kind == "incident"):
        raise Refusal(
            "invalid",
            "Dites la gravité de l'incident : minor, moderate ou severe."
            if kind == "incident"
            else "Seul un incident a une gravité.",
        )
    _, actor = await desk.get_pilot(pilot_id, caller, personal_code)
    signatory = actor.require("report")
    salt = await trials.salt_of(pilot_id)
    if salt is None:
        raise Refusal("gone", "Ce pilote est clos : on n'y signale plus rien.", rule="pilot_closed")
    by = Reporter(reporter_name(salt, signatory.subject), signatory.role)
    if signatory.role == "participant":
        subject = await _participating_subject(pilot_id, caller, personal_code, desk=desk)
        by = Reporter(reporter_name(salt, subject), "participant", pseudonym_of(salt, subject))
    report = await reports.add(pilot_id, kind, severity, text, by=by, at=desk.clock.now())
    if not report.stops_pilot:
        return report
    await stop_for_incidents(desk=desk, reports=reports)
    # The role `fold` can have been faster.
    return replace(report, paused_trial=await is_pause_of(report, desk=desk))


async def _participating_subject(
    pilot_id: PilotId, caller: Caller, personal_code: str | None, *, desk: Desk
) -> str:
    """The subject that consented: on a device that takes part, any account can log in, and each
    would count as another reporter. Raises Refusal if none takes part any more."""
    for each in Person(caller.subject or None, personal_code).identities:
        if each.subject and await desk.is_participant(each, pilot_id):
            return each.subject
    raise no_longer_participant()


def too_many_reports() -> Refusal:
    """The refusal beyond the daily limit."""
    return Refusal(
        "too_many",
        f"Vous avez déjà fait {MAX_PER_DAY} signalements sur ce pilote aujourd'hui. "
        "En cas d'urgence, adressez-vous à l'équipe du pilote.",
        rule="reports_limit",
        most=MAX_PER_DAY,
    )


def no_longer_participant() -> Refusal:
    """The refusal for a person who withdrew while they wrote."""
    return Refusal(
        "conflict",
        "Vous ne participez plus à ce pilote : rien n'a été enregistré.",
        rule="participation_over",
    )
