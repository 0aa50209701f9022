"""Somebody reports what happened in a trial; a severe incident stops it, at once."""

from pilotes.domain.incidents import MOST_A_DAY, Report, ReportKind, Severity
from pilotes.domain.pilot import PilotId
from pilotes.flows.desk import Desk
from pilotes.flows.stop_harm import stop_for_incidents
from pilotes.ports.incidents import Reports
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
    kept = await reports.add(
        pilot_id,
        kind,
        severity,
        said,
        reporter=signatory.subject,
        role=signatory.role,
        at=desk.clock.now(),
    )
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
