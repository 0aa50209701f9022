"""What a person granted, and taking it back: `/auth/applications`."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from gateway.http.api.forms import read_form_fields
from gateway.oauth.api.applications_page import applications_page
from gateway.oauth.api.browser_responses import NEVER_STORED, CurrentContext, require_session
from gateway.oauth.flows.authorization_server import AuthorizationServer


def applications_router(authority: AuthorizationServer) -> APIRouter:
    """The page and its form."""
    router = APIRouter(include_in_schema=False)

    @router.get("/auth/applications")
    async def applications(request: Request, context: CurrentContext) -> Response:
        if context.identity.means != "session":
            return RedirectResponse("/auth/login?next=/auth/applications", 303, NEVER_STORED)
        identity = context.identity
        found = await authority.grants.list_applications(identity.subject, authority.clock.now())
        named = [(each, _name(each.client)) for each in found]
        done = "retire" in request.query_params
        return applications_page(named, identity.role, taken_back=done)

    @router.post("/auth/applications")
    async def take_back(request: Request, context: CurrentContext) -> Response:
        require_session(context)
        client = dict(await read_form_fields(request)).get("client", "")
        now = authority.clock.now()
        await authority.grants.revoke_application(context.identity.subject, client, now)
        return RedirectResponse("/auth/applications?retire", 303, NEVER_STORED)

    def _name(client_id: str) -> str:
        client = authority.clients.find(client_id)
        return client.name if client else client_id

    return router
