"""What the Cr'Num judges in a pilot, and since when its opinion is awaited."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pilotes.record.domain.decisions import DecisionType
from pilotes.record.domain.evidence import Evidence
from pilotes.record.domain.gates import Dossier, is_about
from pilotes.record.domain.pilot import Pilot, Processing
from pilotes.record.domain.protocol import Protocol
from pilotes.record.flows.amendments import proposed_dossier
from pilotes.record.flows.desk import Desk, find_protocol_in_force
from pilotes.record.ports import Proposal, ProtocolVersion


@dataclass(frozen=True, slots=True)
class OpinionRequest:
    """What the Cr'Num judges now."""

    pilot: Pilot
    """With the entry of the register that is judged."""
    protocol: Protocol
    reason: str
    """Why the protocol was amended; empty of one that amends none."""
    since: datetime
    """When it was given to the Cr'Num as it is now."""
    before: Protocol | None
    """Of an amendment of a trial, the protocol in force; else the one that was judged last, or the
    version before. None if there is none."""
    processing_before: Processing | None
    """The entry of the register in force, of an amendment of a trial; None otherwise."""
    opinion: Evidence | None
    """The latest opinion on these very texts; None: it is awaited."""
    processing_changed: bool
    """Whether the entry of the register changed since the latest opinion before the trial."""


async def find_opinion_request(pilot: Pilot, *, desk: Desk) -> OpinionRequest | None:
    """What the Cr'Num judges now. None unless the pilot is at the stage "opinion" with a frozen
    protocol, or an amendment of its trial is proposed."""
    proposal = await find_amendment(pilot, desk=desk)
    if pilot.stage != "opinion" and proposal is None:
        return None
    versions = await desk.records.list_protocols(pilot.id)
    dossier = await desk.dossier(pilot, versions)
    return await opinion_request_on(dossier, versions, proposal, desk=desk)


async def find_amendment(pilot: Pilot, *, desk: Desk) -> Proposal | None:
    """The proposed amendment of a trial; None without one, or if the pilot is not in its trial."""
    return await desk.records.find_proposal(pilot.id) if pilot.stage == "trial" else None


async def opinion_request_on(
    dossier: Dossier,
    versions: Sequence[ProtocolVersion],
    proposal: Proposal | None,
    *,
    desk: Desk,
) -> OpinionRequest | None:
    """`find_opinion_request`, of what was read already. `versions`: of the protocol, in their
    order. `proposal`: from `find_amendment`."""
    if dossier.pilot.stage == "opinion":
        return await _opening_request(dossier, versions, desk=desk)
    return _amendment_request(dossier, proposal)


async def _opening_request(
    dossier: Dossier, versions: Sequence[ProtocolVersion], *, desk: Desk
) -> OpinionRequest | None:
    """What the Cr'Num judges of a pilot at the stage "opinion"; None without a frozen protocol.
    `versions`: of its protocol, in their order."""
    pilot = dossier.pilot
    written = find_protocol_in_force(pilot, versions)
    if written is None or not written.frozen:
        return None
    former = dossier.evidence.get("crnum_opinion")
    changed = former is not None and (
        former.content.get("processing_digest", pilot.processing.terms_digest)
        != pilot.processing.terms_digest
    )
    types: set[DecisionType] = {"stage", "protocol_amended"}
    if changed:
        types.add("processing_changed")
    since = await desk.records.last_decided_at(pilot.id, types)
    return OpinionRequest(
        pilot,
        written.protocol,
        written.reason,
        since or pilot.created_at,
        _judged_before(written, former, versions),
        None,
        _opinion_on(dossier),
        changed,
    )


def _amendment_request(dossier: Dossier, proposal: Proposal | None) -> OpinionRequest | None:
    """What the Cr'Num judges of a trial. `proposal`: its proposed amendment; None without one."""
    if proposal is None or dossier.protocol is None:
        return None
    proposed = proposed_dossier(dossier, proposal)
    return OpinionRequest(
        proposed.pilot,
        proposal.protocol,
        proposal.reason,
        proposal.proposed_at,
        dossier.protocol,
        dossier.pilot.processing,
        _opinion_on(proposed),
        processing_changed=False,
    )


def _opinion_on(dossier: Dossier) -> Evidence | None:
    """The latest opinion, if it is about the version and the texts of the dossier."""
    given = dossier.evidence.get("crnum_opinion")
    if given is None or given.protocol_version != dossier.pilot.protocol_version:
        return None
    return given if is_about(given, dossier) else None


def _judged_before(
    written: ProtocolVersion, former: Evidence | None, versions: Sequence[ProtocolVersion]
) -> Protocol | None:
    """The protocol to compare the one in force with; None without one. `former`: the latest
    opinion."""
    current = written.protocol.version
    earlier = [each.protocol for each in versions if each.protocol.version < current]
    judged = former.protocol_version if former else None
    found = next((each for each in earlier if each.version == judged), None)
    return found or (earlier[-1] if earlier else None)
