"""The applications with access, and its revocation: `/auth/applications`."""

from typing import Final

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from gateway.http.api.forms import read_form_fields
from gateway.oauth.api.applications_page import applications_page
from gateway.oauth.api.browser_responses import (
    NEVER_STORED,
    CurrentContext,
    has_session,
    login_redirect,
    session_ended,
)
from gateway.oauth.flows.authorization_server import AuthorizationServer
from socle.http import Router

_ADDRESS: Final = "/auth/applications"


def applications_router(server: AuthorizationServer) -> Router:
    """The router of the page and of its form."""
    router = Router(include_in_schema=False)

    @router.get(_ADDRESS)
    async def applications(request: Request, context: CurrentContext) -> Response:
        if not has_session(context):
            return login_redirect(_ADDRESS)
        identity = context.identity
        found = await server.grants.list_applications(identity.subject, server.clock.now())
        named = [(each, _name(each.client)) for each in found]
        revoked = "retire" in request.query_params
        return applications_page(named, identity.role, revoked=revoked)

    @router.post(_ADDRESS)
    async def revoke_access(request: Request, context: CurrentContext) -> Response:
        if not has_session(context):
            return session_ended("change", _ADDRESS)
        client = dict(await read_form_fields(request)).get("client", "")
        now = server.clock.now()
        await server.grants.revoke_application(context.identity.subject, client, now)
        return RedirectResponse(f"{_ADDRESS}?retire", 303, NEVER_STORED)

    def _name(client_id: str) -> str:
        client = server.clients.find(client_id)
        return client.name if client else client_id

    return router
