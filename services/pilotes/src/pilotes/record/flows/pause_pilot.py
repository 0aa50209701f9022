"""Pause a pilot, which puts everybody on the control arm at once; resume it by a decision."""

from dataclasses import replace
from typing import Final

from pilotes.record.domain.decisions import ChainEntry, Signatory
from pilotes.record.domain.pilot import Pilot, PilotId
from pilotes.record.flows.desk import ChangeRequest, Desk, LockedPilot
from socle.errors import Refusal

GUARDRAIL_SIGNATORY: Final = Signatory("garde-fou", "guardrail")
"""The signatory of an automatic pause, for a breached guardrail or a severe incident."""


async def pause_pilot(
    request: ChangeRequest, reason: str, *, desk: Desk
) -> tuple[Pilot, ChainEntry]:
    """Pause the pilot. Returns it, and the decision. Raises Refusal as `Desk.lock` does, or if it
    is not running."""
    async with desk.lock(request) as locked:
        if locked.pilot.state != "running":
            raise Refusal("conflict", "Ce pilote ne tourne pas : il n'y a rien à mettre en pause.")
        return await _set_paused(locked, reason, paused=True)


async def resume_pilot(
    request: ChangeRequest, reason: str, *, desk: Desk
) -> tuple[Pilot, ChainEntry]:
    """Resume the pilot. Returns it, and the decision. Raises Refusal as `Desk.lock` does, or if it
    is not paused."""
    async with desk.lock(request) as locked:
        if locked.pilot.state != "paused":
            raise Refusal("conflict", "Ce pilote n'est pas en pause.")
        return await _set_paused(locked, reason, paused=False)


async def pause_automatically(pilot_id: PilotId, reason: str, *, desk: Desk) -> ChainEntry | None:
    """Pause the pilot without a caller. Returns the decision; None if it is not running, so that a
    repeated call does nothing. Raises Refusal if there is no such pilot."""
    async with desk.records.lock(pilot_id) as change:
        if change.pilot.state != "running":
            return None
        locked = LockedPilot(change, GUARDRAIL_SIGNATORY, desk.clock.now())
        return (await _set_paused(locked, reason, paused=True))[1]


async def _set_paused(
    locked: LockedPilot, reason: str, *, paused: bool
) -> tuple[Pilot, ChainEntry]:
    decision = locked.new_decision("pause" if paused else "resume", reason=reason)
    entry = await locked.change.add_decision(decision)
    pilot = replace(locked.pilot, paused=paused, pause_reason=reason if paused else "")
    return await locked.save(pilot), entry
