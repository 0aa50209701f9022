"""Moderate a contribution: publish it with an answer, or set it aside."""

from typing import Final

from pilotes.contributions.domain import Contribution, Moderation, State
from pilotes.contributions.ports import Contributions
from pilotes.french.domain import format_instant
from pilotes.record.domain.pilot import PilotId
from pilotes.record.flows.desk import Desk
from socle.auth import Caller
from socle.errors import Refusal

_NOW: Final[dict[State, str]] = {"published": "publié", "set_aside": "mis de côté"}


async def moderate_contribution(
    pilot_id: PilotId,
    number: int,
    caller: Caller,
    moderation: Moderation,
    *,
    revision: int,
    desk: Desk,
    contributions: Contributions,
) -> Contribution:
    """Moderate a contribution, also one that was moderated before. Returns it as stored.

    `revision`: the one the caller read. Raises Refusal if they are not permitted, the moderation is
    not valid, there is no such contribution, it has another revision, or its text is erased and
    would be published.
    """
    _, actor = await desk.get_pilot(pilot_id, caller)
    signatory = actor.require("settle_contribution")
    moderation.check()
    return await contributions.moderate(
        pilot_id, number, moderation, revision=revision, by=signatory, at=desk.clock.now()
    )


def moderated_meanwhile(now: Contribution, revision: int) -> Refusal:
    """The refusal of the second of two concurrent moderations.

    `now`: the contribution as stored. `revision`: the one the caller read.
    """
    at = f" le {format_instant(now.answered_at)}" if now.answered_at else ""
    became = f" : il a été {_NOW[now.state]}{at}" if now.state in _NOW else ""
    return Refusal(
        "conflict",
        f"Quelqu'un d'autre a traité cet avis depuis que vous l'avez lu{became}. Vous aviez la"
        f" révision {revision}, la {now.revision} est en vigueur. Rien n'a été écrasé : relisez,"
        " puis recommencez.",
        rule="stale",
        current=now.revision,
    )
