"""Pause pilots that do harm, without a human decision: a breached guardrail, a severe incident.
During a pause everybody is on the control arm.

Each replica of the role `fold` runs this every few seconds; it does nothing for paused pilots. A
pilot that is resumed with a breached guardrail is paused again, until its protocol is amended.
"""

from pilotes.record.domain.pilot import Pilot, PilotId
from pilotes.record.flows.desk import Desk, find_protocol_in_force
from pilotes.record.flows.list_pilots import iterate_pilots
from pilotes.record.flows.pause_pilot import pause_automatically
from pilotes.safety.domain.guardrails import bounded_guardrails, breach_reason, breached_arms
from pilotes.safety.domain.incident_reports import incident_reason
from pilotes.safety.ports import Reports
from pilotes.usage.ports import FactStore


async def stop_for_incidents(*, desk: Desk, reports: Reports) -> list[PilotId]:
    """Pause the pilots with severe incidents that are not handled yet. Returns those paused now."""
    paused = []
    for report in await reports.list_unhandled_severe():
        pilot_id = PilotId(report.pilot_id)
        if await pause_automatically(pilot_id, incident_reason(report), desk=desk) is not None:
            paused.append(pilot_id)
        await reports.mark_handled(report.id, desk.clock.now())
    return paused


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
    written = find_protocol_in_force(pilot, await desk.records.list_protocols(pilot.id))
    if written is None or not (guardrails := bounded_guardrails(written.protocol)):
        return None
    found = await facts.outcomes(pilot.id, guardrails, desk.clock.now())
    for indicator in guardrails:
        if indicator.id in found:
            for arm in breached_arms(written.protocol, indicator, found[indicator.id]):
                return breach_reason(indicator, arm)
    return None
