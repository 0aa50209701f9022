"""Add the evidence that gates require: a document's reference, or the opinion of the Cr'Num."""

from collections.abc import Mapping
from typing import Any

from pilotes.record.domain.decisions import DecisionType
from pilotes.record.domain.evidence import Evidence, EvidenceType, GivenEvidenceType, Opinion
from pilotes.record.flows.desk import ChangeRequest, Desk, LockedPilot, evidence_facts
from pilotes.record.ports import NewEvidence, Proposal, ProtocolVersion
from socle.errors import Refusal


async def give_evidence(
    request: ChangeRequest, kind: GivenEvidenceType, *, reference: str, note: str, desk: Desk
) -> Evidence:
    """Add a document. `reference`: where it can be found. `note`: can be empty. Raises Refusal as
    `Desk.lock` does, or if the pilot is closed."""
    async with desk.lock(request) as locked:
        content = {"reference": reference, "note": note}
        return await add_evidence(locked, kind, content, version=None, decision="evidence")


async def give_opinion(
    request: ChangeRequest, opinion: Opinion, *, motives: str, desk: Desk
) -> Evidence:
    """Add the opinion of the Cr'Num on the protocol in force or, during a trial, on the proposed
    amendment; and on the entry of the register that goes with it. Raises Refusal as `Desk.lock`
    does, or unless the pilot is at the stage "opinion" and the protocol is frozen, or an amendment
    of its trial is proposed."""
    async with desk.lock(request) as locked:
        written = await locked.change.protocol()
        proposal = await locked.change.proposal()
        judged: ProtocolVersion | Proposal | None = None
        if locked.pilot.stage == "opinion" and written is not None and written.frozen:
            judged = written
        elif locked.pilot.stage == "trial":
            judged = proposal
        if judged is None:
            raise Refusal(
                "conflict",
                "L'avis du Cr'Num se rend sur un protocole gelé, à l'étape « avis du Cr'Num », ou"
                " sur un amendement proposé pendant l'essai.",
            )
        processing = judged.processing if isinstance(judged, Proposal) else locked.pilot.processing
        content = {
            "opinion": opinion,
            "motives": motives,
            "protocol_digest": judged.digest,
            "processing_digest": processing.terms_digest,
        }
        version = judged.protocol.version
        return await add_evidence(
            locked, "crnum_opinion", content, version=version, decision="opinion"
        )


async def add_evidence(
    locked: LockedPilot,
    kind: EvidenceType,
    content: Mapping[str, Any],
    *,
    version: int | None,
    decision: DecisionType,
) -> Evidence:
    """Store a piece of evidence and the decision about it.

    `version`: of the protocol that it concerns, if any. `decision`: the type of the decision.
    Raises Refusal if the pilot is closed.
    """
    if locked.pilot.stage == "closed":
        raise Refusal("conflict", "Ce pilote est clos : on n'y dépose plus de pièce.")
    by = locked.signatory
    piece = await locked.change.add_evidence(
        NewEvidence(kind, version, content, locked.now, by.subject, by.role)
    )
    facts = {"evidence": [evidence_facts(piece)], "protocol_version": version}
    if kind == "crnum_opinion":
        facts |= {"opinion": content["opinion"]}
    await locked.change.add_decision(locked.new_decision(decision, **facts))
    await locked.save(locked.pilot)
    return piece
