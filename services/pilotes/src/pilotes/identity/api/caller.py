"""Who calls, as the gateway's signed token states it."""

from fastapi import Request

from pilotes.identity.domain.person import PERSON_ROLES
from socle.auth import Caller, caller_of
from socle.errors import Refusal


def caller(request: Request) -> Caller:
    """The caller of a request.

    Raises Refusal for an application of this platform that bears a person's token: its scopes state
    what the person allowed, and none concerns pilots. An application of another issuer
    (`issuer:name`) is authorised by that issuer, and a program acts as itself.
    """
    found = caller_of(request.scope)
    if found.client is not None and ":" not in found.client and found.role in PERSON_ROLES:
        raise Refusal(
            "forbidden",
            "Une application n'agit pas dans les pilotes à la place d'une personne : "
            "connectez-vous à Région Lab.",
            rule="application",
        )
    return found
