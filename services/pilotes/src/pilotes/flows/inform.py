"""Publish a pilot's notice: what people will read before they decide."""

from pilotes.domain.enrolment import Trial
from pilotes.domain.notice import Notice, Wording, compose
from pilotes.domain.stages import LABELS
from pilotes.ports.people import Notices
from socle.clock import Clock
from socle.errors import Refusal


async def publish_notice(
    trial: Trial, wording: Wording, *, by: str, notices: Notices, clock: Clock
) -> Notice:
    """The notice as it was published. Raises Refusal: incomplete, or that version exists."""
    if trial.pilot.stage == "closed":
        raise Refusal("conflict", f"Le pilote est {LABELS['closed']} : plus personne n'y entre.")
    if trial.protocol is None:
        raise Refusal(
            "conflict", "Le protocole n'est pas encore écrit : la notice en dit les bras."
        )
    notice = compose(trial.pilot, trial.protocol, wording)
    await notices.publish(notice, at=clock.now(), by=by)
    return notice
