"""Bring what a gate asks for: a document's reference, or the opinion of the Cr'Num."""

from collections.abc import Mapping
from typing import Any

from pilotes.record.domain.decisions import DecisionKind
from pilotes.record.domain.evidence import Evidence, EvidenceKind, GivenKind, Opinion
from pilotes.record.flows.desk import Desk, Held, Wish, told_of
from pilotes.record.ports import Draft
from socle.errors import Refusal


async def give_evidence(
    wish: Wish, kind: GivenKind, *, reference: str, note: str, desk: Desk
) -> Evidence:
    """`reference`: where the document is found. Raises Refusal."""
    async with desk.hold(wish) as held:
        content = {"reference": reference, "note": note}
        return await keep_evidence(held, kind, content, version=None, decision="evidence")


async def give_opinion(wish: Wish, opinion: Opinion, *, motives: str, desk: Desk) -> Evidence:
    """On the protocol in force, which is frozen, and at no other stage. Raises Refusal."""
    async with desk.hold(wish) as held:
        written = await held.change.protocol()
        if held.pilot.stage != "opinion" or written is None or not written.frozen:
            raise Refusal(
                "conflict",
                "L'avis du Cr'Num se rend sur un protocole gelé, à l'étape « avis du Cr'Num ».",
            )
        content = {
            "opinion": opinion,
            "motives": motives,
            "protocol_digest": written.digest,
        }
        version = written.protocol.version
        return await keep_evidence(
            held, "crnum_opinion", content, version=version, decision="opinion"
        )


async def keep_evidence(
    held: Held,
    kind: EvidenceKind,
    content: Mapping[str, Any],
    *,
    version: int | None,
    decision: DecisionKind,
) -> Evidence:
    """Keep a piece and say so in the chain. Raises Refusal where the pilot is closed."""
    if held.pilot.stage == "closed":
        raise Refusal("conflict", "Ce pilote est clos : on n'y dépose plus de pièce.")
    by = held.signatory
    piece = await held.change.give(Draft(kind, version, content, held.now, by.subject, by.role))
    facts = {"evidence": [told_of(piece)], "protocol_version": version}
    if kind == "crnum_opinion":
        facts |= {"opinion": content["opinion"]}
    await held.change.decide(held.says(decision, **facts))
    await held.save(held.pilot)
    return piece
