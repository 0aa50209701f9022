"""The router of the authorization server.

https://hl7.org/fhir/smart-app-launch/
"""

from gateway.oauth.api.application_list import application_list_router
from gateway.oauth.api.applications import applications_router
from gateway.oauth.api.authorize import authorize_router
from gateway.oauth.api.cared_records import cared_records_router
from gateway.oauth.api.consent import consent_router
from gateway.oauth.api.discovery import discovery_router
from gateway.oauth.api.introspect import introspect_router
from gateway.oauth.api.launch import launch_router
from gateway.oauth.api.launch_form import launch_form_router
from gateway.oauth.api.revoke import revoke_router
from gateway.oauth.api.token import token_router
from gateway.oauth.flows.authorization_server import AuthorizationServer
from socle.http import Router

_ROUTERS = (
    discovery_router,
    authorize_router,
    consent_router,
    token_router,
    introspect_router,
    revoke_router,
    applications_router,
    launch_router,
    launch_form_router,
    application_list_router,
    cared_records_router,
)


def oauth_router(server: AuthorizationServer) -> Router:
    """The router of all its endpoints."""
    router = Router()
    for make in _ROUTERS:
        router.include(make(server))
    return router
