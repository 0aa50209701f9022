"""Put everybody back on the control arm, at once; and start again once somebody decided so."""

from dataclasses import replace
from typing import Final

from pilotes.record.domain.decisions import Entry, Signatory
from pilotes.record.domain.pilot import Pilot, PilotId
from pilotes.record.flows.desk import Desk, Held, Wish
from socle.errors import Refusal

GUARDRAIL: Final = Signatory("garde-fou", "guardrail")
"""Who decides where nobody did: a guardrail that was breached, an incident that is severe."""


async def pause_pilot(wish: Wish, reason: str, *, desk: Desk) -> tuple[Pilot, Entry]:
    """The pilot, paused. Raises Refusal where it does not run."""
    async with desk.hold(wish) as held:
        if held.pilot.state != "running":
            raise Refusal("conflict", "Ce pilote ne tourne pas : il n'y a rien à mettre en pause.")
        return await _paused(held, reason, paused=True)


async def resume_pilot(wish: Wish, reason: str, *, desk: Desk) -> tuple[Pilot, Entry]:
    """The pilot, running again. Raises Refusal where it is not paused."""
    async with desk.hold(wish) as held:
        if held.pilot.state != "paused":
            raise Refusal("conflict", "Ce pilote n'est pas en pause.")
        return await _paused(held, reason, paused=False)


async def pause_by_guardrail(pilot_id: PilotId, reason: str, *, desk: Desk) -> Entry | None:
    """The same without anybody asking; None where it does not run (any more). Said twice, it is
    done once."""
    async with desk.records.change(pilot_id) as change:
        if change.pilot.state != "running":
            return None
        held = Held(change, GUARDRAIL, desk.clock.now())
        return (await _paused(held, reason, paused=True))[1]


async def _paused(held: Held, reason: str, *, paused: bool) -> tuple[Pilot, Entry]:
    said = held.says("pause" if paused else "resume", reason=reason)
    entry = await held.change.decide(said)
    return await held.save(replace(held.pilot, paused=paused)), entry
