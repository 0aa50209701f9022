"""Publish a pilot's notice: what people will read before they decide."""

from pilotes.record.domain.notice import Notice, Wording, compose
from pilotes.record.domain.stages import LABELS
from pilotes.record.flows.desk import Desk, Wish
from socle.errors import Refusal


async def publish_notice(wish: Wish, wording: Wording, *, desk: Desk) -> Notice:
    """The notice as it was published, a decision as any other: what people agree to was signed.

    Raises Refusal: incomplete, or that version exists.
    """
    async with desk.hold(wish) as held:
        if held.pilot.stage == "closed":
            raise Refusal(
                "conflict", f"Le pilote est {LABELS['closed']} : plus personne n'y entre."
            )
        written = await held.change.protocol()
        if written is None:
            raise Refusal(
                "conflict", "Le protocole n'est pas encore écrit, et la notice en annonce les bras."
            )
        notice = compose(held.pilot, written.protocol, wording)
        await held.change.publish(notice, at=held.now, by=held.signatory.subject)
        facts = {"version": notice.version, "digest": notice.digest}
        await held.change.decide(held.says("notice_published", **facts))
        return notice
