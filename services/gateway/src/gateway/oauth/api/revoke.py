"""The revocation endpoint (RFC 7009): `/auth/revoke`."""

from typing import Any

from fastapi import Request, Response

from gateway.oauth.api.models import OAUTH_ERRORS, TOKEN_OF_FORM, form_of
from gateway.oauth.api.token_requests import (
    error_response,
    read_client_credentials,
    read_form,
    token_response,
)
from gateway.oauth.domain.errors import Denied
from gateway.oauth.flows.authenticate_client import authenticate_client
from gateway.oauth.flows.authorization_server import AuthorizationServer
from gateway.oauth.flows.revoke import revoke
from socle.http import Router


def revoke_router(server: AuthorizationServer) -> Router:
    """The router of the endpoint."""
    router = Router(tags=["auth"])

    @router.post(
        "/auth/revoke",
        operation_id="revoke_token",
        response_model=dict[str, Any],
        responses=OAUTH_ERRORS,
        summary="Révoquer un jeton",
        openapi_extra=form_of(TOKEN_OF_FORM, "token"),
    )
    async def revocation(request: Request) -> Response:
        try:
            form = await read_form(request)
            client = await authenticate_client(
                read_client_credentials(request, form), server=server
            )
            await revoke(form.get("token", ""), client, server=server)
        except Denied as denied:
            return error_response(denied)
        return token_response({})

    return router
