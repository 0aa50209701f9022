"""The token endpoint (RFC 6749 §3.2): `/auth/token`."""

from fastapi import Request, Response

from gateway.oauth.api.models import OAUTH_ERRORS, TOKEN_FIELDS, TokenJson, form_of
from gateway.oauth.api.token_requests import (
    error_response,
    read_client_credentials,
    read_form,
    token_response,
)
from gateway.oauth.domain.errors import Denied
from gateway.oauth.flows.authenticate_client import authenticate_client
from gateway.oauth.flows.authorization_server import AuthorizationServer
from gateway.oauth.flows.token import issue_tokens
from socle.http import Router


def token_router(server: AuthorizationServer) -> Router:
    """The router of the endpoint."""
    router = Router(tags=["auth"])

    @router.post(
        "/auth/token",
        operation_id="issue_token",
        response_model=TokenJson,
        responses=OAUTH_ERRORS,
        summary="Obtenir un jeton d'accès",
        openapi_extra=form_of(TOKEN_FIELDS, "grant_type"),
    )
    async def token(request: Request) -> Response:
        try:
            form = await read_form(request)
            client = await authenticate_client(
                read_client_credentials(request, form), server=server
            )
            response = await issue_tokens(form, client, server=server)
        except Denied as denied:
            return error_response(denied)
        return token_response(response)

    return router
