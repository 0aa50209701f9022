"""The introspection endpoint (RFC 7662): `/auth/introspect`."""

from fastapi import APIRouter, Request, Response

from gateway.oauth.api.token_requests import answer, read_client_credentials, read_form, refused
from gateway.oauth.domain.errors import Denied
from gateway.oauth.flows.authenticate_client import authenticate_client
from gateway.oauth.flows.authorization_server import AuthorizationServer
from gateway.oauth.flows.introspect import introspect


def introspect_router(authority: AuthorizationServer) -> APIRouter:
    """The endpoint."""
    router = APIRouter(include_in_schema=False)

    @router.post("/auth/introspect")
    async def introspection(request: Request) -> Response:
        try:
            form = await read_form(request)
            client = await authenticate_client(
                read_client_credentials(request, form), authority=authority
            )
            told = await introspect(form.get("token", ""), client, authority=authority)
        except Denied as denied:
            return refused(denied)
        return answer(told)

    return router
