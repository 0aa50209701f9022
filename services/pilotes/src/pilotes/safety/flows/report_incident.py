"""Somebody reports what happened in a trial; a severe incident stops it, at once."""

from pilotes.identity.domain.person import Person, pseudonym_of, reporter_of
from pilotes.people.ports import Trials
from pilotes.record.domain.pilot import PilotId
from pilotes.record.flows.desk import Desk
from pilotes.safety.domain.incident_reports import MOST_A_DAY, Report, ReportKind, Severity
from pilotes.safety.flows.stop_harm import stop_for_incidents
from pilotes.safety.ports import Reporter, Reports
from socle.auth import Caller
from socle.errors import Refusal


async def report_incident(
    pilot_id: PilotId,
    caller: Caller,
    kind: ReportKind,
    severity: Severity | None,
    said: str,
    *,
    desk: Desk,
    reports: Reports,
    trials: Trials,
    personal: str | None = None,
) -> Report:
    """What is kept. `personal`: the code that the caller's device holds. When this returns, the
    pilot of a severe incident is paused; a process that dies in between leaves that to the guard.
    Raises Refusal."""
    if (severity is None) == (kind == "incident"):
        raise Refusal(
            "invalid",
            "Dites la gravité de l'incident : minor, moderate ou severe."
            if kind == "incident"
            else "Seul un incident a une gravité.",
        )
    _, acting = await desk.look(pilot_id, caller, personal)
    signatory = acting.require("report")
    salt = await trials.salt_of(pilot_id)
    if salt is None:
        raise Refusal("gone", "Ce pilote est clos : on n'y signale plus rien.")
    person = Person(caller.subject or None, personal)
    by = Reporter(
        reporter_of(salt, signatory.subject),
        tuple(pseudonym_of(salt, each) for each in person.subjects),
        signatory.role,
    )
    kept = await reports.add(pilot_id, kind, severity, said, by=by, at=desk.clock.now())
    if kept.stops:
        await stop_for_incidents(desk=desk, reports=reports)
    return kept


def too_many() -> Refusal:
    """What is answered past the bound."""
    return Refusal(
        "too_many",
        f"Vous avez déjà fait {MOST_A_DAY} signalements sur ce pilote aujourd'hui. "
        "En cas d'urgence, adressez-vous à l'équipe du pilote.",
    )


def takes_part_no_more() -> Refusal:
    """What is answered to whoever withdrew while they were writing."""
    return Refusal("conflict", "Vous ne participez plus à ce pilote : rien n'a été enregistré.")
