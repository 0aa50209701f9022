"""The launch context of an EHR launch, found by the `launch` parameter."""

from gateway.callers.domain.identity import Identity
from gateway.oauth.domain.errors import Denied
from gateway.oauth.domain.grants import AuthorizationRequest, Launch
from gateway.oauth.domain.token_digest import digest
from gateway.oauth.flows.authorization_server import AuthorizationServer


async def find_launch_context(
    request: AuthorizationRequest,
    identity: Identity,
    server: AuthorizationServer,
    *,
    take: bool = False,
) -> Launch | None:
    """The context of the EHR launch that the request names; None if it names none.

    `take`: whether to use it up.

    Raises Denied for a launch that is unknown, expired, used, or of another person.
    """
    if request.launch is None:
        return None
    found = await server.consents.find_launch(
        digest(request.launch), identity.subject, server.clock.now(), take=take
    )
    if found is None:
        raise Denied("invalid_request", "Ce lancement est inconnu, terminé ou déjà utilisé.")
    return found
