"""The access check: whether the identified caller may call the route. Deny by default.

https://www.rfc-editor.org/rfc/rfc6750#section-3.1
"""

from gateway.routes.domain.request_context import RequestContext
from socle.errors import Refusal


async def check_access(context: RequestContext) -> None:
    """Raises Refusal unless the rule of the route accepts the caller: `unauthenticated` for an
    anonymous one, `forbidden` for another role or a token without a required scope."""
    access = context.route.access
    decision = access.check(context.identity)
    if decision == "unauthenticated":
        raise Refusal("unauthenticated", "Cette adresse demande de s'identifier.")
    if decision == "forbidden":
        raise Refusal("forbidden", "Votre rôle ne donne pas accès à cette adresse.")
    if decision == "insufficient_scope":
        raise Refusal(
            "forbidden",
            "Le jeton présenté ne donne pas ce droit (scope).",
            error="insufficient_scope",
            error_description="insufficient scope",
            scope=" ".join(sorted(access.scopes)),
        )
