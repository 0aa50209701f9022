"""Publish a pilot's information notice, which people read before they decide."""

from pilotes.record.domain.notice import Notice, NoticeWording, compose_notice
from pilotes.record.domain.stages import LABELS
from pilotes.record.flows.desk import ChangeRequest, Desk
from socle.errors import Refusal


async def publish_notice(request: ChangeRequest, wording: NoticeWording, *, desk: Desk) -> Notice:
    """Publish a notice. It is a signed decision: the text that people agree to is covered by a
    signature.

    Raises Refusal as `Desk.lock` does, or if the pilot is closed, there is no protocol, the notice
    would be incomplete, or that version exists.
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
        notice = compose_notice(locked.pilot, written.protocol, wording)
        await locked.change.publish_notice(notice, at=locked.now, by=locked.signatory.subject)
        facts = {"version": notice.version, "digest": notice.digest}
        await locked.change.add_decision(locked.new_decision("notice_published", **facts))
        return notice
