"""The public keys that verify the gateway's tokens (RFC 7517)."""

from collections.abc import Mapping
from typing import Any

from fastapi.responses import JSONResponse

from socle.http import Router

_HEADERS = {"cache-control": "public, max-age=60"}


def jwks_router(public_keys: Mapping[str, Any]) -> Router:
    """The router of `GET /auth/jwks`. `public_keys`: a JWKS (RFC 7517)."""
    router = Router(tags=["auth"])

    @router.get(
        "/auth/jwks",
        operation_id="get_public_keys",
        response_model=dict[str, Any],
        summary="Les clés publiques qui vérifient les jetons (JWKS, RFC 7517)",
    )
    async def jwks() -> JSONResponse:
        return JSONResponse(dict(public_keys), headers=_HEADERS)

    return router
