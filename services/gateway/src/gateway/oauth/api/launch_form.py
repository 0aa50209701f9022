"""The form of `/pro` that launches an application on a patient (EHR launch).

The browser sends it with the person's session: the portal has no right to launch.
"""

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from gateway.http.api.forms import read_form_fields
from gateway.oauth.api.browser_responses import (
    NEVER_STORED,
    CurrentContext,
    has_session,
    session_ended,
)
from gateway.oauth.domain.grants import Launch
from gateway.oauth.flows.authorization_server import AuthorizationServer
from gateway.oauth.flows.launch import launch_application
from socle.errors import Refusal
from socle.http import Router
from socle.pages import SESSION_FIELD, check_session


def launch_form_router(server: AuthorizationServer) -> Router:
    """The router of the form's address."""
    router = Router(include_in_schema=False)

    @router.post("/auth/applications/{client}/launch")
    async def launch(client: str, request: Request, context: CurrentContext) -> Response:
        if not has_session(context):
            return session_ended("change", "/pro")
        fields = dict(await read_form_fields(request))
        check_session(fields.get(SESSION_FIELD, ""), announced=True)
        patient = fields.get("patient")
        if patient is None:
            raise Refusal("invalid", "Aucun patient n'est indiqué.")
        launch_context = Launch(context.identity.subject, patient, client=client)
        launched = await launch_application(launch_context, context.identity, server=server)
        assert launched.address is not None  # of the client
        return RedirectResponse(launched.address, 303, NEVER_STORED)

    return router
