"""`GET /auth/v1/applications`: the registered applications, for pages that name or launch them."""

from typing import Annotated

from fastapi.responses import JSONResponse
from pydantic import Field
from typing_extensions import TypedDict

from gateway.oauth.api.browser_responses import NEVER_STORED
from gateway.oauth.flows.authorization_server import AuthorizationServer
from socle.http import Router


class ApplicationJson(TypedDict):
    """A registered application."""

    id: str
    name: Annotated[str, Field(description="Comme les personnes le lisent")]
    description: Annotated[str | None, Field(description="Ce à quoi elle sert, en une phrase")]
    proposed: Annotated[
        bool, Field(description="Si `/pro` propose de l'ouvrir sur un patient (EHR launch)")
    ]
    form_actions: Annotated[
        list[str],
        Field(description="Les origines où mène un formulaire qui l'ouvre (CSP, form-action)"),
    ]


class ApplicationsJson(TypedDict):
    """The registered applications."""

    applications: list[ApplicationJson]


def application_list_router(server: AuthorizationServer) -> Router:
    """The router of the list."""
    router = Router(tags=["auth"])

    @router.get(
        "/auth/v1/applications",
        operation_id="list_applications",
        response_model=ApplicationsJson,
        summary="Les applications enregistrées",
    )
    async def applications() -> JSONResponse:
        """Leurs noms, et celles qu'un professionnel peut ouvrir sur un patient."""
        listed = [
            ApplicationJson(
                id=each.id,
                name=each.name,
                description=each.description,
                proposed=each.is_proposed,
                form_actions=each.form_actions() if each.is_proposed else [],
            )
            for each in server.clients.list_clients()
        ]
        return JSONResponse({"applications": listed}, headers=NEVER_STORED)

    return router
