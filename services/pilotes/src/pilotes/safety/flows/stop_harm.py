"""Stop what does harm: a breached guardrail, a severe incident. Everybody is back on the control
arm, by a decision that nobody had to take.

Looked at every few seconds by each replica of the fold: what is stopped already is left alone. Who
resumes a pilot whose guardrail is still breached sees it stopped again, until its protocol is
amended: a bound that was frozen is not waved away.
"""

from pilotes.record.domain.pilot import Pilot, PilotId
from pilotes.record.flows.desk import Desk, find_in_force
from pilotes.record.flows.list_pilots import each_pilot
from pilotes.record.flows.pause_pilot import pause_by_guardrail
from pilotes.safety.domain.guardrails import breaches, guardrails, why_paused
from pilotes.safety.domain.incident_reports import why_stopped
from pilotes.safety.ports import Reports
from pilotes.usage.ports import FactStore


async def stop_for_incidents(*, desk: Desk, reports: Reports) -> list[PilotId]:
    """The pilots that were paused for a severe incident nobody had paused them for."""
    paused = []
    for report in await reports.list_stopping():
        pilot_id = PilotId(report.pilot_id)
        if await pause_by_guardrail(pilot_id, why_stopped(report), desk=desk) is not None:
            paused.append(pilot_id)
        await reports.stopped(report.id, desk.clock.now())
    return paused


async def stop_for_guardrails(*, desk: Desk, facts: FactStore) -> list[PilotId]:
    """The pilots that were paused because a guardrail of theirs is breached."""
    paused = []
    async for pilot in each_pilot(desk, stage="trial"):
        if pilot.state != "running":
            continue
        why = await _breached(pilot, desk=desk, facts=facts)
        if why is None:
            continue
        if await pause_by_guardrail(pilot.id, why, desk=desk) is not None:
            paused.append(pilot.id)
    return paused


async def _breached(pilot: Pilot, *, desk: Desk, facts: FactStore) -> str | None:
    written = find_in_force(pilot, await desk.records.list_protocols(pilot.id))
    if written is None or not (watched := guardrails(written.protocol)):
        return None
    found = await facts.outcomes(pilot.id, watched, desk.clock.now())
    for indicator in watched:
        if indicator.id in found:
            for arm in breaches(written.protocol, indicator, found[indicator.id]):
                return why_paused(indicator, arm)
    return None
