"""Who calls, as the gateway's signed token states it."""

from typing import Any, Final

from fastapi import Request, Security
from fastapi.security import HTTPBearer

from pilotes.identity.domain.person import PERSON_ROLES
from socle.auth import Caller, caller_of
from socle.errors import Refusal

ACCOUNT_REQUIRED: Final[Any] = Security(HTTPBearer(scheme_name="account", auto_error=False))
"""The dependency of a route that no anonymous caller is permitted. It documents that in OpenAPI;
the permissions of the pilot (`record/domain/roles.py`) refuse them."""

ACCOUNT_IN_SOME_CASES: Final[dict[str, Any]] = {"security": [{}, {"account": []}]}
"""The `openapi_extra` of a route that refuses anonymous callers in some cases, which its
description states."""


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
