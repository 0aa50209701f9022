"""How a request names a pilot, a person, a page; and the desk it is answered at."""

from typing import Annotated, Final

from fastapi import Path, Query, Request, Response

from pilotes.api.preconditions import revision_of
from pilotes.domain.pilot import PilotId
from pilotes.domain.roles import Action
from pilotes.domain.subjects import PEOPLE
from pilotes.flows.desk import Wish
from socle.auth import Caller, caller_of
from socle.errors import Refusal

PilotPath = Annotated[
    PilotId, Path(alias="pilot_id", pattern=r"^[a-z][a-z0-9-]{0,47}$", description="Le pilote")
]
Subject = Annotated[
    str,
    Path(
        pattern=r"^[A-Za-z0-9:._~-]{1,200}$",
        description="La personne : son sujet, à /pilotes/v1/me",
    ),
]
Cursor = Annotated[str, Query(pattern=r"^[a-z0-9-]{0,48}$", description="« next » de la page")]
Limit = Annotated[int, Query(ge=1, le=100)]

NO_STORE: Final = "no-store"


def caller(request: Request) -> Caller:
    """Who calls, as the gateway says.

    Raises Refusal for an application of ours that bears a person's token: what they let it do is
    told by its scopes, and none speaks of pilots. One of another issuer (`issuer:name`) is that
    issuer's to let in, and a program acts as itself.
    """
    who = caller_of(request.scope)
    if who.client is not None and ":" not in who.client and who.role in PEOPLE:
        raise Refusal(
            "forbidden",
            "Une application n'agit pas dans les pilotes à la place d'une personne : "
            "connectez-vous à Région Lab.",
        )
    return who


def wish_of(request: Request, pilot_id: PilotId, action: Action, if_match: str | None) -> Wish:
    """A change asked for. Raises Refusal without a revision."""
    return Wish(pilot_id, caller(request), action, revision_of(if_match))


def private(response: Response) -> None:
    """What is answered hangs on who asks: nobody keeps it."""
    response.headers["cache-control"] = NO_STORE
