"""The discovery documents, served.

https://hl7.org/fhir/smart-app-launch/conformance.html
https://openid.net/specs/openid-connect-discovery-1_0.html
"""

from typing import Any, Final

from fastapi import Response
from fastapi.responses import JSONResponse

from gateway.oauth.api.discovery_documents import (
    SMART_STYLE,
    openid_configuration,
    smart_configuration,
)
from gateway.oauth.flows.authorization_server import AuthorizationServer
from socle.http import Router

_CACHE_HEADERS: Final = {"cache-control": "public, max-age=60"}


def discovery_router(server: AuthorizationServer) -> Router:
    """The router of the SMART configuration, the OpenID configuration and the SMART style."""
    router = Router(tags=["auth"])

    @router.get(
        "/fhir/.well-known/smart-configuration",
        operation_id="get_smart_configuration",
        response_model=dict[str, Any],
        summary="Comment une application de santé se connecte (SMART)",
    )
    async def smart() -> Response:
        return JSONResponse(smart_configuration(server.public), headers=_CACHE_HEADERS)

    @router.get(
        "/.well-known/openid-configuration",
        operation_id="get_openid_configuration",
        response_model=dict[str, Any],
        summary="Comment une application se connecte (OpenID)",
    )
    async def openid() -> Response:
        return JSONResponse(openid_configuration(server.public), headers=_CACHE_HEADERS)

    @router.get("/auth/smart-style.json", include_in_schema=False)
    async def style() -> Response:
        return JSONResponse(SMART_STYLE, headers=_CACHE_HEADERS)

    return router
