"""`GET /auth/me`: what the platform knows of the caller."""

from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field
from typing_extensions import TypedDict

from gateway.callers.domain.identity import Role
from gateway.routes.api import current_context
from socle.http import Router

_HEADERS: Final = {"cache-control": "no-store", "vary": "cookie, authorization"}


class CallerJson(TypedDict):
    """The caller of a request."""

    role: Role
    label: Annotated[str | None, Field(description="Son nom")]
    plan: Annotated[str, Field(description="Le plan dont ses demandes sont décomptées")]
    organisation: str | None
    patient: Annotated[str | None, Field(description="Le dossier auquel son accès est limité")]
    scopes: list[str]
    expires: Annotated[
        str | None, Field(description="Quand sa session ou son jeton se termine (RFC 3339)")
    ]


def me_router() -> Router:
    """The router of the endpoint."""
    router = Router(tags=["auth"])

    @router.get(
        "/auth/me",
        operation_id="get_caller",
        response_model=CallerJson,
        summary="Qui vous êtes",
        openapi_extra={"security": [{}, {"bearer": []}, {"session": []}]},
    )
    async def me(request: Request) -> Response:
        """Le rôle, le plan et les droits de l'appelant. Sans jeton ni session, le rôle est
        `anonymous`."""
        context = current_context(request)
        identity = context.identity
        ends = None if identity.means == "none" else datetime.fromtimestamp(identity.until, UTC)
        body: CallerJson = {
            "role": identity.role,
            "label": identity.name,
            "plan": context.plan,
            "organisation": identity.organisation,
            "patient": identity.patient,
            "scopes": sorted(identity.scopes),
            "expires": ends.isoformat(timespec="seconds") if ends else None,
        }
        return JSONResponse(body, headers=_HEADERS)

    return router
