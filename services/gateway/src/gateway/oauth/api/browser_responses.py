"""What the endpoints that a person visits share: who is there, and where the browser goes."""

from typing import Annotated, Final

from fastapi import Depends, Response
from fastapi.responses import RedirectResponse

from gateway.oauth.api.consent_page import consent_page
from gateway.oauth.flows.authorize import GoBack, Question
from gateway.routes.api import visit_of
from gateway.routes.domain.request_context import Visit
from socle.errors import Refusal

NEVER_STORED: Final = {"cache-control": "no-store", "referrer-policy": "no-referrer"}
Context = Annotated[Visit, Depends(visit_of)]


def authorization_response(found: GoBack | Question, visit: Visit) -> Response:
    if isinstance(found, Question):
        return consent_page(found, visit.identity.role)
    return RedirectResponse(found.uri, 303, NEVER_STORED)


def require_session(visit: Visit) -> None:
    """Only a person in front of a browser decides; the door guards a session's forms."""
    if visit.identity.means != "session":
        raise Refusal("unauthenticated", "Votre session est terminée : connectez-vous à nouveau.")
