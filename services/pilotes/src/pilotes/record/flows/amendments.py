"""A substantial amendment: proposed, judged by the Cr'Num, and in force with its new notice.

Until then the trial goes on under the terms that its participants agreed to. From then on nothing
of a person counts before they agree to the new terms.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pilotes.record.domain.amendments import amended_terms, substantial_changes, terms_in_force
from pilotes.record.domain.gates import Dossier, MissingRequirement, missing_for_amendment
from pilotes.record.domain.pilot import Pilot
from pilotes.record.flows.desk import LockedPilot
from pilotes.record.ports import Proposal
from socle.errors import Refusal


@dataclass(frozen=True, slots=True)
class PendingAmendment:
    """A proposed amendment, and what it still requires."""

    version: int
    """Of the protocol that it will become."""
    reason: str
    proposed_at: datetime
    changes: Sequence[str]
    """What it changes for participants, in French."""
    missing: Sequence[MissingRequirement]
    """Apart from its notice, with which it takes effect."""


def pending_amendment(dossier: Dossier, proposal: Proposal | None) -> PendingAmendment | None:
    """The proposed amendment of the pilot of a dossier; None without one."""
    pilot = dossier.pilot
    if proposal is None or dossier.protocol is None:
        return None
    before = terms_in_force(pilot, dossier.protocol)
    after = amended_terms(pilot, proposal.protocol, proposal.processing)
    return PendingAmendment(
        proposal.protocol.version,
        proposal.reason,
        proposal.proposed_at,
        substantial_changes(before, after),
        missing_for_amendment(proposed_dossier(dossier, proposal)),
    )


def proposed_pilot(pilot: Pilot, proposal: Proposal) -> Pilot:
    """The pilot once the amendment is in force. A contact that was corrected since it was proposed
    stays."""
    terms = amended_terms(pilot, proposal.protocol, proposal.processing)
    return replace(
        pilot,
        protocol_version=proposal.protocol.version,
        processing=terms.processing,
        field=terms.field,
    )


def proposed_dossier(dossier: Dossier, proposal: Proposal) -> Dossier:
    """The dossier on which an amendment is judged."""
    return replace(
        dossier,
        pilot=proposed_pilot(dossier.pilot, proposal),
        protocol=proposal.protocol,
        amended=dossier.protocol,
        frozen=True,
        digest=proposal.digest,
    )


async def require_complete(locked: LockedPilot, proposal: Proposal) -> None:
    """Raises Refusal, naming everything that the amendment lacks."""
    dossier = proposed_dossier(await locked.dossier(), proposal)
    if missing := missing_for_amendment(dossier):
        raise Refusal(
            "conflict",
            "L'amendement n'entre pas en vigueur, ni sa notice. "
            + " ".join(each.sentence for each in missing),
            missing=[{"evidence": each.evidence, "sentence": each.sentence} for each in missing],
        )


async def apply_amendment(locked: LockedPilot, amendment: Proposal) -> Pilot:
    """Put an amendment of a trial in force. Returns the pilot at its new revision."""
    protocol, pilot = amendment.protocol, proposed_pilot(locked.pilot, amendment)
    await locked.change.write_protocol(
        protocol, reason=amendment.reason, at=locked.now, by=locked.signatory.subject, frozen=True
    )
    await locked.change.drop_proposal()
    await locked.change.add_decision(
        locked.new_decision(
            "protocol_amended",
            version=protocol.version,
            digest=amendment.digest,
            reason=amendment.reason,
            processing=pilot.processing.digest,
            field=pilot.field,
        )
    )
    return await locked.save(pilot)
