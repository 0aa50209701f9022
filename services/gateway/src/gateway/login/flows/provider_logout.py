"""Logout requested by a provider: back-channel and front-channel.

https://openid.net/specs/openid-connect-backchannel-1_0.html
https://openid.net/specs/openid-connect-frontchannel-1_0.html
"""

from gateway.authentication.domain.provider import Provider
from gateway.login.domain.openid import check_logout_token, invalid_provider_response
from gateway.login.ports import OpenId
from gateway.sessions.domain.session import pseudonym
from gateway.sessions.ports import SessionStore


async def backchannel_logout(
    token: str,
    *,
    provider: Provider,
    openid: OpenId,
    sessions: SessionStore,
    key: bytes,
    now: float,
) -> int:
    """End the sessions that a logout token names, and return how many.

    `key`: of the pseudonyms. `now`: POSIX seconds.

    Raises Refusal: `unauthenticated` for an invalid or repeated token, `unavailable` if its
    signature cannot be verified or its sessions cannot be ended now; the provider can then send it
    again.
    """
    claims = await openid.claims(provider, token)
    check_logout_token(claims, provider, now)
    sid, subject = claims.get("sid"), claims.get("sub")
    ended = await sessions.end_by_logout_token(
        provider.id,
        claims["jti"],
        sid=sid if isinstance(sid, str) else None,
        subject=pseudonym(key, provider.issuer, subject) if isinstance(subject, str) else None,
    )
    if ended is None:
        raise invalid_provider_response("jti")
    return ended


async def frontchannel_logout(
    issuer: str, sid: str, *, provider: Provider, sessions: SessionStore
) -> int:
    """End the sessions with the provider's session id `sid`, and return how many.

    The request comes from the browser; only the provider and the gateway know `sid`.

    Raises Refusal: `unauthenticated` for another issuer, or without `sid`; `unavailable` if the
    sessions cannot be ended now.
    """
    if issuer != provider.issuer or not sid:
        raise invalid_provider_response("iss, sid")
    return await sessions.end_of(provider.id, sid=sid, subject=None)
