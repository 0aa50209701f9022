"""The person's decision, from the consent page: `/auth/consent`."""

from fastapi import APIRouter, Request, Response

from gateway.http.api.forms import fields_of
from gateway.oauth.api.browser_responses import Context, authorization_response, require_session
from gateway.oauth.flows.authorization_server import Authority
from gateway.oauth.flows.consent import Decision, decide_access


def consent_router(authority: Authority) -> APIRouter:
    """The address of the form."""
    router = APIRouter(include_in_schema=False)

    @router.post("/auth/consent")
    async def consent(request: Request, visit: Context) -> Response:
        require_session(visit)
        fields = await fields_of(request)
        said = dict(fields)
        ticked = frozenset(value for name, value in fields if name == "keep")
        decision = Decision(
            agreed=said.get("answer") in ("some", "all"),
            ticked=None if said.get("answer") == "all" else ticked,
            patient=said.get("patient", "").strip(),
        )
        found = await decide_access(
            said.get("ticket", ""), decision, visit.identity, authority=authority
        )
        return authorization_response(found, visit)

    return router
