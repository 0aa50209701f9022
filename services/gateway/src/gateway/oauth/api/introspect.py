"""The introspection endpoint (RFC 7662): `/auth/introspect`."""

from fastapi import Request, Response

from gateway.oauth.api.models import OAUTH_ERRORS, TOKEN_OF_FORM, IntrospectionJson, form_of
from gateway.oauth.api.token_requests import (
    error_response,
    read_client_credentials,
    read_form,
    token_response,
)
from gateway.oauth.domain.errors import Denied
from gateway.oauth.flows.authenticate_client import authenticate_client
from gateway.oauth.flows.authorization_server import AuthorizationServer
from gateway.oauth.flows.introspect import introspect
from socle.http import Router


def introspect_router(server: AuthorizationServer) -> Router:
    """The router of the endpoint."""
    router = Router(tags=["auth"])

    @router.post(
        "/auth/introspect",
        operation_id="introspect_token",
        response_model=IntrospectionJson,
        responses=OAUTH_ERRORS,
        summary="L'état d'un jeton",
        openapi_extra=form_of(TOKEN_OF_FORM, "token"),
    )
    async def introspection(request: Request) -> Response:
        try:
            form = await read_form(request)
            client = await authenticate_client(
                read_client_credentials(request, form), server=server
            )
            response = await introspect(form.get("token", ""), client, server=server)
        except Denied as denied:
            return error_response(denied)
        return token_response(response)

    return router
