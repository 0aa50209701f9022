"""The revocation endpoint (RFC 7009): `/auth/revoke`."""

from fastapi import APIRouter, Request, Response

from gateway.oauth.api.token_requests import answer, read_client_credentials, read_form, refused
from gateway.oauth.domain.errors import Denied
from gateway.oauth.flows.authenticate_client import authenticate_client
from gateway.oauth.flows.authorization_server import AuthorizationServer
from gateway.oauth.flows.revoke import revoke


def revoke_router(authority: AuthorizationServer) -> APIRouter:
    """The endpoint."""
    router = APIRouter(include_in_schema=False)

    @router.post("/auth/revoke")
    async def revocation(request: Request) -> Response:
        try:
            form = await read_form(request)
            client = await authenticate_client(
                read_client_credentials(request, form), authority=authority
            )
            await revoke(form.get("token", ""), client, authority=authority)
        except Denied as denied:
            return refused(denied)
        return answer({})

    return router
