"""The smallest effects that a trial of the planned size can detect, and their confirmation."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict

from pilotes.record.domain.detectable_effects import DetectableEffect, detectable_effects
from pilotes.record.domain.evidence import Evidence
from pilotes.record.domain.pilot import Pilot
from pilotes.record.flows.desk import ChangeRequest, Desk, find_protocol_in_force
from pilotes.record.flows.give_evidence import add_evidence
from pilotes.record.ports import Proposal, ProtocolVersion
from socle.errors import Refusal


async def get_effects(pilot: Pilot, *, desk: Desk) -> Sequence[DetectableEffect]:
    """The detectable effects of the proposed amendment or else of the protocol in force, frozen or
    not. Raises Refusal if there is no protocol."""
    written: ProtocolVersion | Proposal | None = await desk.records.find_proposal(pilot.id)
    if written is None:
        written = find_protocol_in_force(pilot, await desk.records.list_protocols(pilot.id))
    if written is None:
        raise Refusal("conflict", "Il n'y a pas encore de protocole : écrivez-le.")
    return await _calculate(written)


async def confirm_effects(request: ChangeRequest, *, desk: Desk) -> Evidence:
    """Store the effects as evidence that the caller has seen them. Raises Refusal as `Desk.lock`
    does, or if the pilot is closed or the protocol in force is not frozen."""
    async with desk.lock(request) as locked:
        in_force, proposal = await locked.change.protocol(), await locked.change.proposal()
        written = proposal or in_force
        if written is None or (isinstance(written, ProtocolVersion) and not written.frozen):
            raise Refusal(
                "conflict",
                "Les effets détectables se confirment sur un protocole gelé : ses effectifs ne"
                " bougent plus.",
            )
        content = {
            "protocol_digest": written.digest,
            "effects": [asdict(each) for each in await _calculate(written)],
        }
        version = written.protocol.version
        return await add_evidence(
            locked, "smallest_effects", content, version=version, decision="effects_shown"
        )


async def _calculate(written: ProtocolVersion | Proposal) -> Sequence[DetectableEffect]:
    # In a thread, because the first calculation takes half a second: it would block other requests.
    return await asyncio.to_thread(detectable_effects, written.protocol)
