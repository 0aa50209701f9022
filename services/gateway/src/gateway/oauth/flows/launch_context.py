"""The launch context of an EHR launch, found by the `launch` parameter."""

from gateway.callers.domain.identity import Identity
from gateway.oauth.domain.errors import Denied
from gateway.oauth.domain.grants import AuthorizationRequest, Launch
from gateway.oauth.domain.token_digest import digest
from gateway.oauth.flows.authorization_server import AuthorizationServer


async def at_hand(
    asked: AuthorizationRequest,
    identity: Identity,
    authority: AuthorizationServer,
    *,
    take: bool = False,
) -> Launch | None:
    """What was at hand at an EHR launch, None where there was none. Raises Denied for a launch
    that is over, was taken, or is somebody else's."""
    if asked.launch is None:
        return None
    found = await authority.decisions.find_launch(
        digest(asked.launch), identity.subject, authority.clock.now(), take=take
    )
    if found is None:
        raise Denied("invalid_request", "Ce lancement est inconnu, terminé ou déjà utilisé.")
    return found
