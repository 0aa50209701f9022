"""Whether a token still holds, for a service that was called with it; and taking one back.

https://www.rfc-editor.org/rfc/rfc7662, https://www.rfc-editor.org/rfc/rfc7009
"""

from typing import Any, Final

from gateway.authentication.flows.identify import token_status_unknown
from gateway.oauth.domain.clients import Client
from gateway.oauth.domain.errors import Denied
from gateway.oauth.domain.token_digest import digest
from gateway.oauth.flows.authorization_server import AuthorizationServer

_UNKNOWN: Final = {"active": False}
_TOLD: Final = (
    "scope",
    "client_id",
    "exp",
    "iat",
    "nbf",
    "sub",
    "aud",
    "iss",
    "jti",
    "patient",
    "encounter",
    "fhirUser",
    "acr",  # both: RFC 9470 §6.2
    "auth_time",
)


async def introspect(
    token: str, client: Client, *, authority: AuthorizationServer
) -> dict[str, Any]:
    """What the token is worth, told to its own application and to services that introspect;
    to others, and for what no longer holds, nothing but that it is not active.

    Raises Refusal("unavailable") where it cannot be known."""
    if client.kind == "public":
        raise Denied("invalid_client", "Un client public ne peut pas interroger un jeton.")
    claims = authority.tokens.read(token)
    if claims is not None:
        mine = client.introspects or claims["client_id"] == client.id
        if not mine or authority.revocations.is_revoked(claims["jti"], claims["grant"]):
            return _UNKNOWN
        if not authority.revocations.is_current():
            raise token_status_unknown()
        told = {name: claims[name] for name in _TOLD if name in claims}
        return {"active": True, "token_type": "Bearer"} | told
    found = await authority.grants.find_refresh_token(digest(token))
    if found is None or authority.clock.now() >= found[1]:
        return _UNKNOWN
    grant, until = found
    if not client.introspects and grant.client != client.id:
        return _UNKNOWN
    return {
        "active": True,
        "scope": str(grant.scopes),
        "client_id": grant.client,
        "exp": int(until.timestamp()),
        "sub": grant.subject,
    } | ({"patient": grant.patient} if grant.patient else {})
