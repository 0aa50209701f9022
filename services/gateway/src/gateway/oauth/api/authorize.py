"""The authorization endpoint (RFC 6749 §3.1): `/auth/authorize`."""

from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from gateway.http.api.forms import query_of
from gateway.oauth.api.browser_responses import NEVER_STORED, Context, authorization_response
from gateway.oauth.flows.authorization_server import Authority
from gateway.oauth.flows.authorize import GoBack, Question, ask_for_access


def authorize_router(authority: Authority) -> APIRouter:
    """The endpoint, by GET and by POST."""
    router = APIRouter(include_in_schema=False)

    @router.get("/auth/authorize")
    async def authorize(request: Request, visit: Context) -> Response:
        found = await ask_for_access(query_of(request), visit.identity, authority=authority)
        if isinstance(found, GoBack | Question):
            return authorization_response(found, visit)
        return RedirectResponse(
            "/auth/login?next=" + quote(visit.target, safe=""), 303, NEVER_STORED
        )

    @router.post("/auth/authorize")
    async def authorize_by_form(request: Request) -> Response:
        # As an address of ours: a cookie that no other site may send with a form comes with it.
        body = (await request.body()).decode("ascii", "replace")
        return RedirectResponse("/auth/authorize?" + quote(body, safe="=&%+"), 303, NEVER_STORED)

    return router
