"""The person's decision, from the consent page: `/auth/consent`."""

from fastapi import APIRouter, Request, Response

from gateway.api.endpoint_answers import Context, authorization_response, require_session
from gateway.api.forms import fields_of
from gateway.flows.authority import Authority
from gateway.flows.decide_access import Decision, decide_access


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
