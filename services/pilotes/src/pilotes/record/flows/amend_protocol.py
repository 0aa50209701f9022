"""Amend a frozen protocol, and the entry of the register with it: a new version, with its reason.

Before the trial an amendment applies at once, and the Cr'Num judges it again. During the trial an
editorial one does; a substantial one is proposed (`amendments`).
"""

from dataclasses import replace

from pilotes.record.domain.amendments import amended_terms, substantial_changes, terms_in_force
from pilotes.record.domain.pilot import Pilot, Processing
from pilotes.record.domain.protocol import Protocol
from pilotes.record.domain.protocol_checks import mistakes_of, mistakes_of_amendment
from pilotes.record.domain.stages import BEFORE_TRIAL
from pilotes.record.flows.amendments import apply_amendment
from pilotes.record.flows.desk import ChangeRequest, Desk, LockedPilot
from pilotes.record.flows.write_protocol import require_no_mistakes, save_version
from pilotes.record.ports import ProtocolVersion
from socle.errors import Refusal


async def amend_protocol(
    request: ChangeRequest,
    protocol: Protocol,
    reason: str,
    *,
    desk: Desk,
    processing: Processing | None = None,
) -> Pilot:
    """Amend the protocol. `protocol.version` is ignored. `processing`: of a trial, the entry of the
    register; None for the one in force. An amendment replaces the one that was proposed before.

    Raises Refusal as `Desk.lock` does, or if the trial is over or the pilot stopped, the version in
    force is not frozen or is the same, or the new one has mistakes.
    """
    async with desk.lock(request) as locked:
        stage = locked.pilot.stage
        if stage not in (*BEFORE_TRIAL, "trial"):
            raise Refusal("conflict", "L'essai est fini : son protocole ne change plus.")
        written = await locked.change.protocol()
        if written is None or not written.frozen:
            raise Refusal("conflict", "Le protocole n'est pas gelé : modifiez-le, sans amendement.")
        entry = processing or locked.pilot.processing
        after = replace(protocol, version=written.protocol.version + 1)
        same = replace(protocol, version=written.protocol.version) == written.protocol
        if same and entry == locked.pilot.processing:
            raise Refusal("conflict", "Ce protocole est déjà celui en vigueur : rien n'y change.")
        if stage == "trial":
            return await _amend_trial(locked, written, after, entry, reason)
        if processing is not None:
            raise Refusal(
                "invalid", "Avant l'essai, la fiche de traitement s'écrit avec la fiche du pilote."
            )
        require_no_mistakes(mistakes_of(after))
        return await save_version(locked, after, reason=reason, frozen=True, before=written)


async def _amend_trial(
    locked: LockedPilot, written: ProtocolVersion, after: Protocol, entry: Processing, reason: str
) -> Pilot:
    require_no_mistakes(mistakes_of_amendment(written.protocol, after))
    if missing := entry.missing():
        raise Refusal(
            "invalid",
            f"La fiche de traitement serait incomplète : il manque {', '.join(missing)}.",
            missing=list(missing),
        )
    changes = substantial_changes(
        terms_in_force(locked.pilot, written.protocol), amended_terms(locked.pilot, after, entry)
    )
    terms = entry.terms_digest
    if entry.contact == locked.pilot.processing.contact:
        entry = replace(entry, contact="")
    proposal = await locked.change.propose(
        after, entry, reason=reason, at=locked.now, by=locked.signatory.subject
    )
    if not changes:
        return await apply_amendment(locked, proposal)
    facts = {
        "version": after.version,
        "digest": proposal.digest,
        "reason": reason,
        "processing": terms,
        "changes": ", ".join(changes),
    }
    await locked.change.add_decision(locked.new_decision("amendment_proposed", **facts))
    return await locked.save(locked.pilot)
