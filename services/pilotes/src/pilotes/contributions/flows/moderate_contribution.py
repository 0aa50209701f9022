"""The team answers what somebody said, for everybody to read, or sets it aside."""

from typing import Final

from pilotes.contributions.domain import Contribution, State, Verdict
from pilotes.contributions.ports import Contributions
from pilotes.french.domain import moment
from pilotes.record.domain.pilot import PilotId
from pilotes.record.flows.desk import Desk
from socle.auth import Caller
from socle.errors import Refusal

_NOW: Final[dict[State, str]] = {"published": "publié", "set_aside": "mis de côté"}


async def settle_contribution(
    pilot_id: PilotId,
    number: int,
    caller: Caller,
    verdict: Verdict,
    *,
    revision: int,
    desk: Desk,
    contributions: Contributions,
) -> Contribution:
    """As it is kept. `revision`: the one they read; what was settled may be settled anew. Raises
    Refusal."""
    _, acting = await desk.look(pilot_id, caller)
    signatory = acting.require("settle_contribution")
    verdict.check()
    return await contributions.settle(
        pilot_id, number, verdict, revision=revision, by=signatory, at=desk.clock.now()
    )


def settled_meanwhile(now: Contribution, revision: int) -> Refusal:
    """What is answered to the second of two who settle the same."""
    at = f" le {moment(now.answered_at)}" if now.answered_at else ""
    became = f" : il a été {_NOW[now.state]}{at}" if now.state in _NOW else ""
    return Refusal(
        "conflict",
        f"Quelqu'un d'autre a traité cet avis depuis que vous l'avez lu{became}. Vous aviez la"
        f" révision {revision}, la {now.revision} est en vigueur. Rien n'a été écrasé : relisez,"
        " puis recommencez.",
        rule="stale",
        current=now.revision,
    )
