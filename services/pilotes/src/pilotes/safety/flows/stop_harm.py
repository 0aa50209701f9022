"""Pause pilots that do harm, without a human decision: a breached guardrail, a severe incident.
During a pause everybody is on the control arm.

Each replica of the role `fold` runs this every few seconds; it does nothing for paused pilots. A
pilot that is resumed with a breached guardrail is paused again, until its protocol is amended.
"""

from datetime import timedelta
from typing import Final

from pilotes.record.domain.pilot import Pilot, PilotId
from pilotes.record.flows.desk import Desk, find_protocol_in_force, trial_protocols
from pilotes.record.flows.list_pilots import iterate_pilots
from pilotes.record.flows.pause_pilot import pause_automatically
from pilotes.safety.domain.guardrails import bounded_guardrails, breach_reason, breached_arms
from pilotes.safety.domain.incident_reports import Report, incident_reason, is_reason_of
from pilotes.safety.ports import Reports
from pilotes.usage.flows.introductions import introductions
from pilotes.usage.ports import FactStore

_PAUSE_INTERVAL: Final = timedelta(hours=24)


async def stop_for_incidents(*, desk: Desk, reports: Reports) -> list[PilotId]:
    """Pause the pilots with severe incidents that are not handled yet. Returns those paused now.

    Nobody has verified what a participant reports: their reports pause a trial once in 24 hours
    together, each of them once, and the others wait for its team: each further pause costs somebody
    who wants to spoil a trial another identity. What the team reports always pauses.
    """
    paused = []
    for report in await reports.list_unhandled_severe():
        pilot_id, now, entry = PilotId(report.pilot_id), desk.clock.now(), None
        verified = report.role != "participant"
        if verified or not await reports.paused_by_participants(report, now - _PAUSE_INTERVAL):
            entry = await pause_automatically(pilot_id, incident_reason(report), desk=desk)
        if entry is not None:
            paused.append(pilot_id)
        by_it = entry is not None or await is_pause_of(report, desk=desk)
        await reports.mark_handled(report.id, now, paused=by_it)
    return paused


async def is_pause_of(report: Report, *, desk: Desk) -> bool:
    """Whether its pilot is paused for that incident; also by another process, which perhaps ended
    before it marked the incident as handled."""
    pilot = await desk.records.find(PilotId(report.pilot_id))
    return pilot is not None and pilot.paused and is_reason_of(pilot.pause_reason, report)


async def stop_for_guardrails(*, desk: Desk, facts: FactStore) -> list[PilotId]:
    """Pause the pilots with a breached guardrail. Returns those paused now."""
    paused = []
    async for pilot in iterate_pilots(desk, stage="trial"):
        if pilot.state != "running":
            continue
        why = await _breach(pilot, desk=desk, facts=facts)
        if why is None:
            continue
        if await pause_automatically(pilot.id, why, desk=desk) is not None:
            paused.append(pilot.id)
    return paused


async def _breach(pilot: Pilot, *, desk: Desk, facts: FactStore) -> str | None:
    """The reason to pause the pilot: its first breached guardrail; None without one."""
    versions = await desk.records.list_protocols(pilot.id)
    written = find_protocol_in_force(pilot, versions)
    if written is None or not (guardrails := bounded_guardrails(written.protocol)):
        return None
    protocols = trial_protocols(pilot, versions)
    introduced = introductions(guardrails, protocols)
    found = await facts.outcomes(pilot.id, guardrails, desk.clock.now(), introduced)
    for indicator in guardrails:
        if indicator.id in found:
            breached = breached_arms(
                written.protocol,
                indicator,
                found[indicator.id],
                design=protocols[0].protocol,
            )
            for arm in breached:
                return breach_reason(indicator, arm)
    return None
