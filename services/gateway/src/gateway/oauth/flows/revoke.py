"""Token revocation (RFC 7009).

https://www.rfc-editor.org/rfc/rfc7009
"""

from datetime import UTC, datetime

from gateway.oauth.domain.clients import Client
from gateway.oauth.domain.token_digest import digest
from gateway.oauth.flows.authorization_server import AuthorizationServer


async def revoke(token: str, client: Client, *, server: AuthorizationServer) -> None:
    """Revoke an access token, or the grant of a refresh token. Unknown tokens and those of other
    applications are ignored without an error (RFC 7009 §2.2).

    Raises Retry if the database is unreachable.
    """
    claims = server.tokens.read(token)
    if claims is not None:
        if claims["client_id"] == client.id:
            until = datetime.fromtimestamp(claims["exp"], UTC)
            await server.grants.revoke_token(claims["jti"], until)
        return
    found = await server.grants.find_refresh_token(digest(token))
    if found is not None and found[0].client == client.id:
        await server.grants.revoke(found[0].id, server.clock.now())
