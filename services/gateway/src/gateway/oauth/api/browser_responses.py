"""What the endpoints opened in a person's browser share: the session, and their responses."""

from typing import Annotated, Final

from fastapi import Depends, Response
from fastapi.responses import RedirectResponse

from gateway.oauth.api.consent_page import consent_page
from gateway.oauth.flows.authorize import ConsentRequest, RedirectToClient
from gateway.routes.api import current_context
from gateway.routes.domain.request_context import RequestContext
from socle.errors import Refusal

NEVER_STORED: Final = {"cache-control": "no-store", "referrer-policy": "no-referrer"}
CurrentContext = Annotated[RequestContext, Depends(current_context)]
"""A parameter of an endpoint: the context of the current request."""


def authorization_response(
    found: RedirectToClient | ConsentRequest, context: RequestContext
) -> Response:
    """The consent page, or the redirect to the application."""
    if isinstance(found, ConsentRequest):
        return consent_page(found, context.identity.role)
    return RedirectResponse(found.uri, 303, NEVER_STORED)


def require_session(context: RequestContext) -> None:
    """Raises Refusal("unauthenticated") unless the caller has a browser session."""
    if context.identity.means != "session":
        raise Refusal("unauthenticated", "Votre session est terminée : connectez-vous à nouveau.")
