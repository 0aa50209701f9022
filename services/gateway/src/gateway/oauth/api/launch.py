"""The launch of an application from a professional's software (EHR launch): `/auth/launch`.

https://hl7.org/fhir/smart-app-launch/app-launch.html#launch-app-ehr-launch
"""

from typing import Annotated, Any, NotRequired

from fastapi import Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from gateway.oauth.api.browser_responses import NEVER_STORED, CurrentContext
from gateway.oauth.domain.grants import LAUNCH_LIFE, Launch
from gateway.oauth.flows.authorization_server import AuthorizationServer
from gateway.oauth.flows.launch import launch_application
from socle.http import Router


class LaunchBody(BaseModel):
    """The context of an EHR launch."""

    model_config = ConfigDict(extra="forbid")

    patient: Annotated[str, Field(max_length=64)] | None = Field(
        default=None, description="L’identifiant d’un Patient"
    )
    encounter: Annotated[str, Field(max_length=64)] | None = Field(
        default=None, description="L’identifiant d’un Encounter"
    )
    intent: Annotated[str, Field(max_length=100, pattern=r"^[^\x00]*$")] | None = Field(
        default=None,
        description="Le but de la personne, en un mot que l’application connaît",
    )
    client: Annotated[str, Field(max_length=63)] | None = Field(
        default=None,
        description="L’application, qui seule s’en servira ; la réponse donne l’adresse à ouvrir",
    )


class LaunchJson(TypedDict):
    """A launch, which an application claims once."""

    launch: str
    iss: Annotated[str, Field(description="L'adresse du serveur FHIR")]
    expires_in: Annotated[int, Field(description="Secondes")]
    url: NotRequired[Annotated[str, Field(description="L'adresse à ouvrir, si client est donné")]]


def launch_router(server: AuthorizationServer) -> Router:
    """The router of `POST /auth/launch`."""
    router = Router(tags=["auth"])

    @router.post(
        "/auth/launch",
        operation_id="launch_application",
        response_model=LaunchJson,
        status_code=201,
        summary="Ouvrir une application depuis un logiciel métier (EHR launch)",
    )
    async def launch(body: LaunchBody, context: CurrentContext) -> Response:
        identity = context.identity
        launch_context = Launch(
            identity.subject, body.patient, body.encounter, body.intent, body.client or None
        )
        launched = await launch_application(launch_context, identity, server=server)
        response: dict[str, Any] = {
            "launch": launched.handle,
            "iss": server.fhir,
            "expires_in": int(LAUNCH_LIFE.total_seconds()),
        }
        if launched.address:
            response["url"] = launched.address
        return JSONResponse(response, 201, NEVER_STORED)

    return router
