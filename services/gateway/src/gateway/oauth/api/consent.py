"""The person's decision, from the consent page: `/auth/consent`."""

from fastapi import APIRouter, Request, Response

from gateway.http.api.forms import read_form_fields
from gateway.oauth.api.browser_responses import (
    CurrentContext,
    authorization_response,
    require_session,
)
from gateway.oauth.flows.authorization_server import AuthorizationServer
from gateway.oauth.flows.consent import ConsentDecision, decide_consent


def consent_router(server: AuthorizationServer) -> APIRouter:
    """The router of the form's address."""
    router = APIRouter(include_in_schema=False)

    @router.post("/auth/consent")
    async def consent(request: Request, context: CurrentContext) -> Response:
        require_session(context)
        fields = await read_form_fields(request)
        form = dict(fields)
        ticked = frozenset(value for name, value in fields if name == "keep")
        decision = ConsentDecision(
            agreed=form.get("answer") in ("some", "all"),
            ticked=None if form.get("answer") == "all" else ticked,
            patient=form.get("patient", "").strip(),
        )
        found = await decide_consent(
            form.get("ticket", ""), decision, context.identity, server=server
        )
        return authorization_response(found, context)

    return router
