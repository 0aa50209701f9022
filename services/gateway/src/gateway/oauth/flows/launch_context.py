"""The launch context of an EHR launch, found by the `launch` parameter."""

from gateway.callers.domain.identity import Identity
from gateway.oauth.domain.errors import Denied
from gateway.oauth.domain.grants import AuthorizationRequest, Launch
from gateway.oauth.domain.token_digest import digest
from gateway.oauth.flows.authorization_server import AuthorizationServer


async def find_launch_context(
    request: AuthorizationRequest, identity: Identity, server: AuthorizationServer
) -> Launch | None:
    """The context of the EHR launch that the request names; None if it names none.

    Raises Denied for a launch that is unknown, expired, used, of another person, or for another
    application.
    """
    if request.launch is None:
        return None
    found = await server.consents.find_launch(
        digest(request.launch), identity.subject, request.client, server.clock.now()
    )
    if found is None:
        raise _unusable_launch()
    return found


async def use_launch_context(
    request: AuthorizationRequest, identity: Identity, server: AuthorizationServer
) -> None:
    """Use up the EHR launch that the request names, if any. Raises as `find_launch_context`."""
    if request.launch is None:
        return
    found = await server.consents.take_launch(
        digest(request.launch), identity.subject, request.client, server.clock.now()
    )
    if found is None:
        raise _unusable_launch()


def _unusable_launch() -> Denied:
    return Denied("invalid_request", "Ce lancement est inconnu, terminé ou déjà utilisé.")
