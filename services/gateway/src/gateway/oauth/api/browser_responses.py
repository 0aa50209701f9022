"""What the endpoints opened in a person's browser share: the session, and their responses."""

from typing import Annotated, Final
from urllib.parse import quote

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse

from gateway.http.api.pages import PAGES
from gateway.oauth.api.consent_page import consent_page
from gateway.oauth.flows.authorize import ConsentRequest, RedirectToClient
from gateway.routes.api import current_context
from gateway.routes.domain.request_context import RequestContext
from socle.errors import Refusal
from socle.http import of_refusal
from socle.pages import error_answer

NEVER_STORED: Final = {"cache-control": "no-store", "referrer-policy": "no-referrer"}


async def _context(request: Request) -> RequestContext:
    return current_context(request)


CurrentContext = Annotated[RequestContext, Depends(_context)]
"""A parameter of an endpoint: the context of the current request."""


def authorization_response(
    found: RedirectToClient | ConsentRequest, context: RequestContext
) -> Response:
    """The consent page, or the redirect to the application."""
    if isinstance(found, ConsentRequest):
        return consent_page(found, context.identity.role)
    return RedirectResponse(found.uri, 303, NEVER_STORED)


def has_session(context: RequestContext) -> bool:
    """Whether the caller has a browser session.

    Raises Refusal("unavailable") if sessions cannot be looked up now.
    """
    if context.identity_unknown:
        raise Refusal(
            "unavailable",
            "Les connexions sont impossibles pour le moment. Réessayez dans quelques instants.",
            retry_after=5,
        )
    return context.identity.means == "session"


def login_redirect(next_path: str) -> Response:
    """The redirect to the login. `next_path`: where to go afterwards."""
    return RedirectResponse(_login_address(next_path), 303, NEVER_STORED)


def session_ended(what: str, next_path: str) -> Response:
    """The page for a form that was sent after its session had ended.

    `what`: `choices` that the login gives back, or a `change` that was not made. `next_path`:
    where to go after the login.
    """
    texts = PAGES.texts()
    return error_answer(
        PAGES,
        of_refusal(Refusal("unauthenticated", texts["ended_title"])),
        title=texts["ended_title"],
        sentence=texts[f"ended_{what}"],
        advice=texts[f"ended_{what}_advice"],
        links=[(_login_address(next_path), texts["log_in"])],
    )


def _login_address(next_path: str) -> str:
    return f"/auth/login?next={quote(next_path, safe='')}"
