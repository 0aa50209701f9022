"""A provider says that somebody left: their sessions end here too.

https://openid.net/specs/openid-connect-backchannel-1_0.html
https://openid.net/specs/openid-connect-frontchannel-1_0.html
"""

from gateway.authentication.domain.provider import Provider
from gateway.login.domain.openid import invalid_provider_response, judge_logout_token
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
    """How many sessions ended. Raises Refusal for a token that is not to be believed, or that was
    heard before."""
    claims = await openid.claims(provider, token)
    judge_logout_token(claims, provider, now)
    if not await sessions.is_new(provider.id, claims["jti"]):
        raise invalid_provider_response("jti")
    sid, subject = claims.get("sid"), claims.get("sub")
    return await sessions.end_of(
        provider.id,
        sid=sid if isinstance(sid, str) else None,
        subject=pseudonym(key, provider.issuer, subject) if isinstance(subject, str) else None,
    )


async def frontchannel_logout(
    issuer: str, sid: str, *, provider: Provider, sessions: SessionStore
) -> int:
    """The same, told through the browser: `sid` is known to the provider and to us alone."""
    if issuer != provider.issuer or not sid:
        raise invalid_provider_response("iss, sid")
    return await sessions.end_of(provider.id, sid=sid, subject=None)
