"""The launch of an application from a professional's software (EHR launch): `/auth/launch`.

https://hl7.org/fhir/smart-app-launch/app-launch.html#launch-app-ehr-launch
"""

from typing import Annotated, Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from gateway.oauth.api.browser_responses import NEVER_STORED, CurrentContext
from gateway.oauth.domain.grants import LAUNCH_LIFE, Launch
from gateway.oauth.flows.authorization_server import AuthorizationServer
from gateway.oauth.flows.launch import launch_application


class LaunchBody(BaseModel):
    """The context of an EHR launch."""

    model_config = ConfigDict(extra="forbid")

    patient: Annotated[str, Field(max_length=64)] | None = None
    """The id of a Patient."""
    encounter: Annotated[str, Field(max_length=64)] | None = None
    """The id of an Encounter."""
    intent: Annotated[str, Field(max_length=100, pattern=r"^[^\x00]*$")] | None = None
    """What the person wants to do, in words that the application knows."""
    client: Annotated[str, Field(max_length=63)] | None = None
    """The id of the application; with it the response has the address to open."""


def launch_router(server: AuthorizationServer) -> APIRouter:
    """The router of `POST /auth/launch`."""
    router = APIRouter(include_in_schema=False)

    @router.post("/auth/launch", status_code=201)
    async def launch(body: LaunchBody, context: CurrentContext) -> Response:
        launch_context = Launch(context.identity.subject, body.patient, body.encounter, body.intent)
        launched = await launch_application(
            launch_context, context.identity, body.client, server=server
        )
        response: dict[str, Any] = {
            "launch": launched.handle,
            "iss": server.fhir,
            "expires_in": int(LAUNCH_LIFE.total_seconds()),
        }
        if launched.address:
            response["url"] = launched.address
        return JSONResponse(response, 201, NEVER_STORED)

    return router
