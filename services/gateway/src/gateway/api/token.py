"""The token endpoint (RFC 6749 §3.2): `/auth/token`."""

from fastapi import APIRouter, Request, Response

from gateway.api.oauth_exchange import answer, form_of, presented_by, refused
from gateway.domain.oauth_errors import Denied
from gateway.flows.authenticate_client import authenticate_client
from gateway.flows.authority import Authority
from gateway.flows.issue_tokens import issue_tokens


def token_router(authority: Authority) -> APIRouter:
    """The endpoint."""
    router = APIRouter(include_in_schema=False)

    @router.post("/auth/token")
    async def token(request: Request) -> Response:
        try:
            form = await form_of(request)
            client = await authenticate_client(presented_by(request, form), authority=authority)
            told = await issue_tokens(form, client, authority=authority)
        except Denied as denied:
            return refused(denied)
        return answer(told)

    return router
