"""Token revocation (RFC 7009).

https://www.rfc-editor.org/rfc/rfc7009
"""

from datetime import UTC, datetime

from gateway.oauth.domain.clients import Client
from gateway.oauth.domain.token_digest import digest
from gateway.oauth.flows.authorization_server import AuthorizationServer


async def revoke(token: str, client: Client, *, authority: AuthorizationServer) -> None:
    """Take a token back, at once; a refresh token takes its whole grant with it. What is no token
    of that application is left as it is, and nothing is told of it (RFC 7009 §2.2)."""
    claims = authority.tokens.read(token)
    if claims is not None:
        if claims["client_id"] == client.id:
            until = datetime.fromtimestamp(claims["exp"], UTC)
            await authority.grants.revoke_token(claims["jti"], until)
        return
    found = await authority.grants.find_refresh_token(digest(token))
    if found is not None and found[0].client == client.id:
        await authority.grants.revoke(found[0].id, authority.clock.now())
