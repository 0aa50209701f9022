"""Whether a token still holds, for a service that was called with it; and taking one back.

https://www.rfc-editor.org/rfc/rfc7662, https://www.rfc-editor.org/rfc/rfc7009
"""

from datetime import UTC, datetime
from typing import Any, Final

from gateway.domain.clients import Client
from gateway.domain.oauth import Denied, digest
from gateway.flows.authority import Authority
from gateway.flows.identify import cannot_know

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


async def introspect(token: str, client: Client, *, authority: Authority) -> dict[str, Any]:
    """What the token is worth, told to its own application and to services that introspect;
    to others, and for what no longer holds, nothing but that it is not active.

    Raises Refusal("unavailable") where it cannot be known."""
    if client.kind == "public":
        raise Denied("invalid_client", "Un client public ne peut pas interroger un jeton.")
    claims = authority.tokens.read(token)
    if claims is not None:
        mine = client.introspects or claims["client_id"] == client.id
        if not mine or authority.revocations.revoked(claims["jti"], claims["grant"]):
            return _UNKNOWN
        if not authority.revocations.sure():
            raise cannot_know()
        told = {name: claims[name] for name in _TOLD if name in claims}
        return {"active": True, "token_type": "Bearer"} | told
    found = await authority.grants.find_refresh(digest(token))
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


async def revoke(token: str, client: Client, *, authority: Authority) -> None:
    """Take a token back, at once; a refresh token takes its whole grant with it. What is no token
    of that application is left as it is, and nothing is told of it (RFC 7009 §2.2)."""
    claims = authority.tokens.read(token)
    if claims is not None:
        if claims["client_id"] == client.id:
            until = datetime.fromtimestamp(claims["exp"], UTC)
            await authority.grants.revoke_token(claims["jti"], until)
        return
    found = await authority.grants.find_refresh(digest(token))
    if found is not None and found[0].client == client.id:
        await authority.grants.revoke(found[0].id, authority.clock.now())
