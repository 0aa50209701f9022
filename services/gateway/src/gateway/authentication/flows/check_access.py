"""Whether the caller, now identified, may call the route: deny by default.

https://www.rfc-editor.org/rfc/rfc6750#section-3.1
"""

from gateway.routes.domain.request_context import Visit
from socle.errors import Refusal


async def authorise(visit: Visit) -> None:
    """Raises Refusal: `unauthenticated` for whoever has not said who they are, else `forbidden`."""
    access = visit.route.access
    verdict = access.judge(visit.identity)
    if verdict == "unauthenticated":
        raise Refusal("unauthenticated", "Cette adresse demande de s'identifier.")
    if verdict == "forbidden":
        raise Refusal("forbidden", "Votre rôle ne donne pas accès à cette adresse.")
    if verdict == "insufficient_scope":
        raise Refusal(
            "forbidden",
            "Le jeton présenté ne donne pas ce droit (scope).",
            error="insufficient_scope",
            error_description="insufficient scope",
            scope=" ".join(sorted(access.scopes)),
        )
