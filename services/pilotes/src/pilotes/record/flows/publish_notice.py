"""Publish a pilot's information notice, which people read before they decide."""

from pilotes.record.domain.amendments import requires_new_consent
from pilotes.record.domain.notice import Notice, NoticeWording, compose_notice
from pilotes.record.domain.protocol import Protocol
from pilotes.record.domain.stages import LABELS
from pilotes.record.flows.amendments import apply_amendment, proposed_pilot, require_complete
from pilotes.record.flows.desk import ChangeRequest, Desk, LockedPilot
from socle.errors import Refusal


async def publish_notice(request: ChangeRequest, wording: NoticeWording, *, desk: Desk) -> Notice:
    """Publish a notice. It is a signed decision: the text that people agree to is covered by a
    signature. During a trial it puts the proposed amendment in force. If it says something else
    than the one before, the consents cover nothing more.

    Raises Refusal as `Desk.lock` does, or if the pilot is closed, there is no protocol, the
    amendment is not complete, the notice would be incomplete, or that version exists.
    """
    async with desk.lock(request) as locked:
        if locked.pilot.stage == "closed":
            raise Refusal(
                "conflict", f"Le pilote est {LABELS['closed']} : plus personne n'y entre."
            )
        written = await locked.change.protocol()
        if written is None:
            raise Refusal(
                "conflict", "Le protocole n'est pas encore écrit, et la notice en annonce les bras."
            )
        if locked.pilot.stage == "trial":
            return await _publish_in_trial(locked, written.protocol, wording)
        return await _publish(locked, compose_notice(locked.pilot, written.protocol, wording))


async def _publish_in_trial(
    locked: LockedPilot, protocol: Protocol, wording: NoticeWording
) -> Notice:
    former, proposal = await locked.change.notice(), await locked.change.proposal()
    if proposal is None:
        notice = await _publish(locked, compose_notice(locked.pilot, protocol, wording))
        if former is None or requires_new_consent(former, notice):
            # The measures are the same: what was seen of people, harm too, stays.
            await locked.change.lapse_consents(locked.now, afresh=False)
        return notice
    await require_complete(locked, proposal)
    pilot = proposed_pilot(locked.pilot, proposal)
    notice = await _publish(locked, compose_notice(pilot, proposal.protocol, wording))
    # First, so that the gateway receives the end of the consents before the new routes.
    await locked.change.lapse_consents(locked.now)
    await apply_amendment(locked, proposal)
    return notice


async def _publish(locked: LockedPilot, notice: Notice) -> Notice:
    await locked.change.publish_notice(notice, at=locked.now, by=locked.signatory.subject)
    facts = {"version": notice.version, "digest": notice.digest}
    await locked.change.add_decision(locked.new_decision("notice_published", **facts))
    return notice
