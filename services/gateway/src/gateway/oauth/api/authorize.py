"""The authorization endpoint (RFC 6749 §3.1): `/auth/authorize`."""

from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from gateway.http.api.forms import read_query
from gateway.oauth.api.browser_responses import (
    NEVER_STORED,
    CurrentContext,
    authorization_response,
    login_redirect,
)
from gateway.oauth.flows.authorization_server import AuthorizationServer
from gateway.oauth.flows.authorize import ConsentRequest, RedirectToClient, authorize
from socle.http import Router


def authorize_router(server: AuthorizationServer) -> Router:
    """The router of the endpoint, which accepts GET and POST."""
    router = Router(include_in_schema=False)

    @router.get("/auth/authorize")
    async def authorize_by_query(request: Request, context: CurrentContext) -> Response:
        found = await authorize(read_query(request), context.identity, server=server)
        if isinstance(found, RedirectToClient | ConsentRequest):
            return authorization_response(found, context)
        return login_redirect(context.target)

    @router.post("/auth/authorize")
    async def authorize_by_form(request: Request) -> Response:
        # SameSite=Lax: the session's cookie comes with a GET, not with a form from another site.
        body = (await request.body()).decode("ascii", "replace")
        return RedirectResponse("/auth/authorize?" + quote(body, safe="=&%+"), 303, NEVER_STORED)

    return router
