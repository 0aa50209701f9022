"""Show what a trial of the planned size can see, and keep that it was seen."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict

from pilotes.record.domain.detectable_effects import Effect, effects_of
from pilotes.record.domain.evidence import Evidence
from pilotes.record.domain.pilot import Pilot
from pilotes.record.flows.desk import Desk, Wish, find_in_force
from pilotes.record.flows.give_evidence import keep_evidence
from pilotes.record.ports import WrittenProtocol
from socle.errors import Refusal


async def show_effects(pilot: Pilot, *, desk: Desk) -> Sequence[Effect]:
    """Those of the protocol in force, frozen or not. Raises Refusal where there is none."""
    written = find_in_force(pilot, await desk.records.list_protocols(pilot.id))
    if written is None:
        raise Refusal("conflict", "Il n'y a pas encore de protocole : écrivez-le.")
    return await _calculated(written)


async def confirm_effects(wish: Wish, *, desk: Desk) -> Evidence:
    """Keep the figures as they are shown to whoever confirms them. Raises Refusal."""
    async with desk.hold(wish) as held:
        written = await held.change.protocol()
        if written is None or not written.frozen:
            raise Refusal(
                "conflict",
                "Les effets détectables se confirment sur un protocole gelé : ses effectifs ne"
                " bougent plus.",
            )
        content = {
            "protocol_digest": written.digest,
            "effects": [asdict(each) for each in await _calculated(written)],
        }
        version = written.protocol.version
        return await keep_evidence(
            held, "smallest_effects", content, version=version, decision="effects_shown"
        )


async def _calculated(written: WrittenProtocol) -> Sequence[Effect]:
    # The first time takes half a second: others are answered meanwhile.
    return await asyncio.to_thread(effects_of, written.protocol)
