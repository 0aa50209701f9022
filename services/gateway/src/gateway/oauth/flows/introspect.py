"""Token introspection (RFC 7662).

https://www.rfc-editor.org/rfc/rfc7662
"""

from typing import Any, Final

from gateway.authentication.flows.identify import token_status_unknown
from gateway.oauth.domain.clients import Client
from gateway.oauth.domain.errors import Denied
from gateway.oauth.domain.token_digest import digest
from gateway.oauth.flows.authorization_server import AuthorizationServer

_INACTIVE: Final = {"active": False}
_CLAIMS: Final = (
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


async def introspect(token: str, client: Client, *, server: AuthorizationServer) -> dict[str, Any]:
    """The introspection response. Only the token's own application and resource servers learn more
    than `active: false`.

    Raises Denied("invalid_client") for a public application, and Refusal("unavailable") while the
    list of revocations may be incomplete.
    """
    if client.client_type == "public":
        raise Denied("invalid_client", "Un client public ne peut pas interroger un jeton.")
    claims = server.tokens.read(token)
    if claims is not None:
        permitted = client.introspects or claims["client_id"] == client.id
        if not permitted or server.revocations.is_revoked(claims["jti"], claims["grant"]):
            return _INACTIVE
        if not server.revocations.is_current():
            raise token_status_unknown()
        response = {name: claims[name] for name in _CLAIMS if name in claims}
        return {"active": True, "token_type": "Bearer"} | response
    found = await server.grants.find_refresh_token(digest(token))
    if found is None or server.clock.now() >= found[1]:
        return _INACTIVE
    grant, until = found
    if not client.introspects and grant.client != client.id:
        return _INACTIVE
    return {
        "active": True,
        "scope": str(grant.scopes),
        "client_id": grant.client,
        "exp": int(until.timestamp()),
        "sub": grant.subject,
    } | ({"patient": grant.patient} if grant.patient else {})
